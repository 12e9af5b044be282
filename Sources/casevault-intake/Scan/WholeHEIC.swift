/// Requires that the boxes of a HEIC file fill it exactly and that its end is not blank.
///
/// The decoder of the pictures forgives what is missing and paints it grey. Coded pictures have no
/// three zero bytes in a row, so many of them at the end mean that the file was not all written.
func requireWholeHEIC(_ document: Document) throws {
  var reader = ByteReader(document)
  while reader.offset < document.size {
    let start = reader.offset
    guard let size32 = try reader.number(4), let type = try reader.number(4) else {
      throw truncated("HEIC")
    }
    let size: UInt64
    switch size32 {
    // To the end of the file.
    case 0: size = UInt64(document.size - start)
    case 1: size = try reader.number(8) ?? 0
    default: size = size32
    }
    guard size >= 8, isBoxType(type) else {
      throw damaged("HEIC", "\(document.size - start) bytes are not part of it")
    }
    guard size <= UInt64(document.size - start) else { throw truncated("HEIC") }
    reader.move(to: start + Int64(size))
  }
  let blankLimit = 512
  let tail = try document.bytes(at: max(0, document.size - Int64(blankLimit)), count: blankLimit)
  if tail.allSatisfy({ $0 == 0 }) { throw truncated("HEIC") }
}

/// Four printable characters.
private func isBoxType(_ type: UInt64) -> Bool {
  (0..<4).allSatisfy { (0x20...0x7e).contains(UInt8(truncatingIfNeeded: type >> ($0 * 8))) }
}
