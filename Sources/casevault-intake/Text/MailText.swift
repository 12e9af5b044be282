internal import CGMime

/// Returns the first message of the document: who, when, what about, its words, its attachments.
func mailText(of document: Document) throws -> String {
  startGMime()
  var mailbox = try Mailbox(document)
  guard let slice = try mailbox.next(), let message = Message(slice.bytes, defects: Defects())
  else { throw Refusal(.unreadable, "the file is not a mail") }
  var facts = MailFacts(slice: slice)
  facts.takeHeaders(of: message)
  facts.takeParts(of: message)
  var lines = [
    "From: " + facts.from.shown.joined(separator: ", "),
    "To: " + facts.to.shown.joined(separator: ", "),
    "Date: " + (message.header("Date") ?? ""),
    "Subject: " + facts.subject,
    "",
    words(of: g_mime_message_get_mime_part(message.root), depth: 0),
  ]
  if !facts.attachments.isEmpty {
    lines.append("\nAttachments:")
    lines += facts.attachments.enumerated().map { index, attachment in
      "\(index + 1). \(attachment.name) (\(attachment.mediaType), \(attachment.bytes) bytes)"
    }
  }
  return lines.joined(separator: "\n")
}

/// Multiparts within multiparts are followed no further.
private let multipartDepth = 64

/// The words of a part and the parts in it, without attachments.
private func words(of object: UnsafeMutablePointer<GMimeObject>?, depth: Int) -> String {
  guard let object, depth < multipartDepth else { return "" }
  if cg_is_multipart(object) != 0 {
    let multipart = cg_multipart(object)
    let parts = (0..<min(g_mime_multipart_get_count(multipart), Int32(listLimit)))
      .compactMap { g_mime_multipart_get_part(multipart, $0) }
    if isAlternative(object) { return preferred(among: parts, depth: depth) }
    return parts.map { words(of: $0, depth: depth + 1) }
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }
  guard cg_is_text(object) != 0, !Leaf.part(cg_part(object)).isAttachment else { return "" }
  let text = text(of: object)
  return Leaf.part(cg_part(object)).mediaType == "text/html" ? plainText(ofHTML: text) : text
}

private func isAlternative(_ object: UnsafeMutablePointer<GMimeObject>) -> Bool {
  g_mime_content_type_is_type(
    g_mime_object_get_content_type(object), "multipart", "alternative") != 0
}

/// The plain one of several ways to say the same, else the first that has words.
private func preferred(
  among parts: [UnsafeMutablePointer<GMimeObject>], depth: Int
) -> String {
  let plainFirst =
    parts.filter(isPlain) + parts.filter { !isPlain($0) }
  for part in plainFirst {
    let words = words(of: part, depth: depth + 1)
    if words.contains(where: { !$0.isWhitespace }) { return words }
  }
  return ""
}

private func isPlain(_ object: UnsafeMutablePointer<GMimeObject>) -> Bool {
  g_mime_content_type_is_type(g_mime_object_get_content_type(object), "text", "plain") != 0
}

/// The text in UTF-8; bytes that its charset does not have become U+FFFD.
private func text(of object: UnsafeMutablePointer<GMimeObject>) -> String {
  if let text = g_mime_text_part_get_text(cg_text(object)) {
    defer { g_free(text) }
    return String(cString: text)
  }
  var bytes: [UInt8] = []
  Leaf.part(cg_part(object)).decoded { bytes.append(contentsOf: $0) }
  return String(decoding: bytes, as: UTF8.self)
}
