private enum Marker {
  static let endOfImage: UInt8 = 0xd9
  /// Markers without a length: restarts, start of image, and the temporary one.
  static func standsAlone(_ marker: UInt8) -> Bool {
    (0xd0...0xd8).contains(marker) || marker == 0x01
  }
}

/// Requires that a JPEG ends with its end mark and that nothing strange follows.
///
/// Decoders stop at the last row they want, and never look at what comes after.
func requireWholeJPEG(_ document: Document) throws {
  var reader = ByteReader(document)
  reader.move(to: 2)
  guard try skipToEnd(&reader) else { throw truncated("JPEG") }
  guard reader.offset < document.size else { return }
  let tail = try document.bytes(at: reader.offset, count: 16)
  let end = try document.bytes(at: document.size - 4, count: 4)
  // What telephones append: further pictures, moving ones, Samsung's own trailer.
  let isKnown =
    tail.starts(with: [0xff, 0xd8, 0xff]) || tail.dropFirst(4).starts(with: "ftyp".utf8)
    || end == Array("SEFT".utf8)
  guard isKnown else {
    throw damaged("JPEG", "\(document.size - reader.offset) bytes follow its end")
  }
}

/// Moves behind the end mark; false when there is none.
private func skipToEnd(_ reader: inout ByteReader) throws -> Bool {
  while let byte = try reader.next() {
    // Coded data, or bytes between segments.
    guard byte == 0xff else { continue }
    var marker = try reader.next()
    while marker == 0xff { marker = try reader.next() }
    switch marker {
    case nil: return false
    case Marker.endOfImage: return true
    case 0: continue
    case let marker? where Marker.standsAlone(marker): continue
    default:
      // A segment; behind that of a scan comes coded data, which the loop above passes over.
      guard let length = try reader.number(2), length >= 2 else { return false }
      reader.move(to: reader.offset + Int64(length) - 2)
    }
  }
  return false
}
