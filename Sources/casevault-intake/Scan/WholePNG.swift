/// Requires that the chunks of a PNG reach to `IEND` and that nothing follows it.
func requireWholePNG(_ document: Document) throws {
  var reader = ByteReader(document)
  reader.move(to: 8)
  while let length = try reader.number(4), let type = try reader.number(4) {
    // The data and its checksum.
    reader.move(to: reader.offset + Int64(length) + 4)
    guard reader.offset <= document.size else { break }
    guard type == imageEnd else { continue }
    guard reader.offset == document.size else {
      throw damaged("PNG", "\(document.size - reader.offset) bytes follow its end")
    }
    return
  }
  throw truncated("PNG")
}

/// `IEND`
private let imageEnd: UInt64 = 0x4945_4e44
