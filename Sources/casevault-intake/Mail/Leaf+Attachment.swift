internal import CGMime

extension Leaf {
  /// Whether a reader of the message would find this beside its text rather than in it.
  ///
  /// A named part, one marked as an attachment, a message within the message, and whatever is
  /// neither plain text nor HTML.
  var isAttachment: Bool {
    guard case .part(let part) = self else { return true }
    if let disposition = g_mime_object_get_disposition(object),
      plainLine(disposition)?.lowercased() == "attachment"
    {
      return true
    }
    return g_mime_part_get_filename(part) != nil
      || !["text/plain", "text/html"].contains(mediaType)
  }

  /// Lower case, without parameters.
  var mediaType: String {
    guard let type = g_mime_object_get_content_type(object) else { return "text/plain" }
    let name = g_mime_content_type_get_mime_type(type)
    defer { g_free(name) }
    return plainLine(name)?.lowercased() ?? "application/octet-stream"
  }

  /// The name that the sender gave, or one made from what it is; never a path.
  var name: String {
    switch self {
    case .part(let part):
      let given = plainLine(g_mime_part_get_filename(part)).map(fileName) ?? ""
      return given.isEmpty ? "unnamed.\(fileExtension)" : given
    case .message(let message), .buried(let message):
      let inner = g_mime_message_part_get_message(message)
      let subject = inner.flatMap { plainLine(g_mime_message_get_subject($0)) } ?? ""
      return (subject.isEmpty ? "message" : fileName(subject)) + ".eml"
    }
  }

  private var fileExtension: String {
    let type = mediaType
    let known = [
      "text/plain": "txt", "text/calendar": "ics", "image/jpeg": "jpg",
      "application/pgp-signature": "asc", "message/delivery-status": "txt",
      "text/rfc822-headers": "txt", "application/octet-stream": "bin",
    ]
    if let known = known[type] { return known }
    let subtype = type.split(separator: "/").last ?? "bin"
    let isPlain = subtype.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("0"..."9").contains($0)
    }
    return isPlain && subtype.count <= 8 ? String(subtype) : "bin"
  }
}

private func fileName(_ text: String) -> String {
  String(text.map { $0 == "/" || $0 == "\\" ? "_" : $0 })
}
