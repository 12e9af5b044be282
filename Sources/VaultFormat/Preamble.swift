/// The 16 bytes in front of every binary file (FORMAT §1.3).
package struct Preamble: Equatable, Sendable {
  package static let size = 16
  package static let magic: [UInt8] = [0x63, 0x61, 0x73, 0x65, 0x76, 0x6c, 0x74, 0x1a]
  package static let version: UInt8 = 1
  package static let suite: UInt8 = 1

  /// What a file is.
  package enum FileType: UInt8, Sendable {
    case record = 1
    case statement = 2
    case sealedStatement = 3
    case keySegment = 4
    case grant = 5
    case indexSegment = 6
    case logSegment = 7
    case identity = 8
    case spool = 9
    case logSpool = 10
    case seenRecords = 11
  }

  package let type: FileType
  /// The type's own number: a kind, a count, a purpose.
  package let number: UInt32

  package init(_ type: FileType, number: UInt32 = 0) {
    self.type = type
    self.number = number
  }

  /// - Throws: `truncated`, `notCasevault`, `laterProgram`, `notZero`.
  package init(_ reader: inout ByteReader) throws(FormatError) {
    guard try reader.take(8) == Self.magic else { throw .notCasevault }
    let version: UInt8 = try reader.integer()
    let suite: UInt8 = try reader.integer()
    guard version == Self.version, suite == Self.suite else { throw .laterProgram }
    guard let type = FileType(rawValue: try reader.integer()) else { throw .laterProgram }
    try reader.zeros(1)
    self.type = type
    number = try reader.integer()
  }

  /// Reads a preamble of one type.
  ///
  /// - Returns: the type's own number.
  /// - Throws: `wrongType` and what `init` throws.
  package static func expect(
    _ type: FileType, from reader: inout ByteReader
  ) throws(FormatError) -> UInt32 {
    let preamble = try Preamble(&reader)
    guard preamble.type == type else { throw .wrongType }
    return preamble.number
  }

  package var bytes: [UInt8] {
    var bytes = Self.magic
    bytes += [Self.version, Self.suite, type.rawValue, 0]
    bytes.append(integer: number)
    return bytes
  }
}
