/// Where the content of a new record comes from.
package enum Content {
  case bytes([UInt8])
  /// Fills the buffer with what comes next and says how much it was; 0 at the
  /// end. It may give less than the buffer holds.
  case stream((UnsafeMutableRawBufferPointer) throws -> Int)

  /// Fills a buffer as far as the content goes.
  ///
  /// - Parameter offset: how much was read before.
  /// - Returns: how much was read; less than the buffer's size only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    switch self {
    case .bytes(let bytes):
      let count = min(buffer.count, bytes.count - offset)
      if count > 0 { buffer.copyBytes(from: bytes[offset..<offset + count]) }
      return count
    case .stream(let next):
      var filled = 0
      while filled < buffer.count {
        let count = try next(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        if count == 0 { break }
        filled += count
      }
      return filled
    }
  }
}
