/// Reads fields from the front of bytes. Every read is bounded.
package struct ByteReader {
  private let bytes: [UInt8]
  /// The offset of the next field.
  package private(set) var offset = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// How many bytes are left.
  package var remaining: Int { bytes.count - offset }

  /// The next `count` bytes.
  ///
  /// - Throws: `truncated`.
  package mutating func take(_ count: Int) throws(FormatError) -> [UInt8] {
    guard count >= 0, count <= remaining else { throw .truncated }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// The next 32 bytes as an id.
  package mutating func identifier() throws(FormatError) -> Identifier {
    guard remaining >= 32 else { throw .truncated }
    defer { offset += 32 }
    guard let identifier = Identifier(bytes[offset..<offset + 32]) else { throw .truncated }
    return identifier
  }

  /// The next integer, little-endian.
  package mutating func integer<Integer: FixedWidthInteger>(
    _: Integer.Type = Integer.self
  ) throws(FormatError) -> Integer {
    let size = Integer.bitWidth / 8
    guard remaining >= size else { throw .truncated }
    var value: Integer = 0
    for index in 0..<size {
      value |= Integer(truncatingIfNeeded: bytes[offset + index]) << Integer(8 * index)
    }
    offset += size
    return value
  }

  /// Skips `count` bytes that must be zero.
  ///
  /// - Throws: `truncated`, `notZero`.
  package mutating func zeros(_ count: Int) throws(FormatError) {
    guard count >= 0, count <= remaining else { throw .truncated }
    guard bytes[offset..<offset + count].allSatisfy({ $0 == 0 }) else { throw .notZero }
    offset += count
  }

  /// - Throws: `trailingBytes` unless everything was read.
  package func end() throws(FormatError) {
    guard remaining == 0 else { throw .trailingBytes }
  }
}

extension [UInt8] {
  /// Appends an integer, little-endian.
  package mutating func append(integer: some FixedWidthInteger) {
    for index in 0..<integer.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: integer >> (8 * index)))
    }
  }

  /// Appends an id's 32 bytes.
  package mutating func append(_ identifier: Identifier) {
    let inline = identifier.inline
    for index in 0..<32 { append(inline[index]) }
  }

  /// Appends `count` zero bytes.
  package mutating func append(zeros count: Int) {
    append(contentsOf: repeatElement(0, count: count))
  }
}
