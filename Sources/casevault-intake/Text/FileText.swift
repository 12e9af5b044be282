internal import CGMime

/// The most of a text file that is shown, in bytes.
private let fileLimit = 32 << 20

/// Returns a text file as it stands, whatever its coding.
///
/// UTF-8 and UTF-16 are recognised; then the `charset` of the media type counts, then the code page
/// of old Windows machines.
func fileText(of document: Document, as mediaType: String) throws -> String {
  let bytes = try document.bytes(at: 0, count: Int(min(document.size, Int64(fileLimit))))
  if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
    return converted(bytes, from: "UTF-16") ?? String(decoding: bytes, as: UTF8.self)
  }
  if let charset = charset(of: mediaType), let text = converted(bytes, from: charset) {
    return text
  }
  if let text = String(validating: bytes, as: UTF8.self) {
    return text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text
  }
  return converted(bytes, from: "windows-1252") ?? String(decoding: bytes, as: UTF8.self)
}

private func charset(of mediaType: String) -> String? {
  startGMime()
  guard let type = g_mime_content_type_parse(nil, mediaType) else { return nil }
  defer { g_object_unref(type) }
  return plainLine(g_mime_content_type_get_parameter(type, "charset"))
}

/// Returns `bytes` as UTF-8, or `nil` where they are not of that charset.
private func converted(_ bytes: [UInt8], from charset: String) -> String? {
  let converted = bytes.withUnsafeBytes { bytes in
    var written: gsize = 0
    let start = bytes.bindMemory(to: CChar.self).baseAddress
    let text = g_convert(start, gssize(bytes.count), "UTF-8", charset, nil, &written, nil)
    return text.map { (text: $0, count: Int(written)) }
  }
  guard let (text, count) = converted else { return nil }
  defer { g_free(text) }
  return String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
}
