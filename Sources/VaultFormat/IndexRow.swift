/// A case's summary, opened (FORMAT §9).
package struct IndexRow: Equatable, Sendable {
  /// What a string of a row is.
  package enum Field: UInt8, Sendable {
    case reference = 1
    case client = 2
    case studentID = 3
    case email = 4
    case party = 5
    case topic = 6
    case adviser = 7
    case telephone = 8
    case pseudonym = 9
  }

  /// One string and what it is.
  package struct Entry: Equatable, Sendable {
    package let field: Field
    package let text: String
    package init(_ field: Field, _ text: String) {
      self.field = field
      self.text = text
    }
  }

  /// Facts about the case beside its strings.
  package struct Flags: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let walled = Flags(rawValue: 1)
    package static let held = Flags(rawValue: 2)
    package static let anonymous = Flags(rawValue: 4)
    /// Some strings did not fit.
    package static let shortened = Flags(rawValue: 8)
  }

  static let headSize = 60
  static let maximumSize = SealedRow.maximumSealed - 40
  private static let never = Int32.min

  package var recordCount: Int
  package var stateHash: Identifier
  package var isOpen: Bool
  package var flags: Flags
  /// Days.
  package var opened: CivilDate
  package var closed: CivilDate?
  package var lastWork: CivilDate
  /// The first day on which the case may be destroyed.
  package var expires: CivilDate
  package var entries: [Entry]

  package init(
    recordCount: Int, stateHash: Identifier, isOpen: Bool, flags: Flags, opened: CivilDate,
    closed: CivilDate?, lastWork: CivilDate, expires: CivilDate, entries: [Entry]
  ) {
    self.recordCount = recordCount
    self.stateHash = stateHash
    self.isOpen = isOpen
    self.flags = flags
    self.opened = opened
    self.closed = closed
    self.lastWork = lastWork
    self.expires = expires
    self.entries = entries
  }

  /// - Throws: `FormatError`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let used: UInt32 = try reader.integer()
    guard bytes.count <= Self.maximumSize, bytes.count % 256 == 0, used >= Self.headSize,
      used <= bytes.count, bytes.count - Int(used) < 256
    else { throw .invalid("row") }
    recordCount = Int(try reader.integer(UInt32.self))
    stateHash = try reader.identifier()
    switch try reader.integer(UInt8.self) {
    case 1: isOpen = true
    case 2: isOpen = false
    default: throw .invalid("status")
    }
    flags = Flags(rawValue: try reader.integer())
    let count: UInt16 = try reader.integer()
    opened = try Self.day(&reader)
    closed = try Self.dayOrNever(&reader)
    lastWork = try Self.day(&reader)
    expires = try Self.day(&reader)
    var entries: [Entry] = []
    for _ in 0..<count {
      let tag: UInt8 = try reader.integer()
      let text = try reader.take(Int(try reader.integer(UInt16.self)))
      guard let text = String(validating: text, as: UTF8.self) else { throw .invalid("string") }
      if let field = Field(rawValue: tag) { entries.append(Entry(field, text)) }
    }
    self.entries = entries
    guard reader.offset == used else { throw .invalid("row") }
    try reader.zeros(reader.remaining)
  }

  /// The padded plaintext. Strings that do not fit are left out and `shortened` says so.
  package var bytes: [UInt8] {
    var flags = flags
    var strings: [UInt8] = []
    var count: UInt16 = 0
    for entry in entries {
      let text = Array(entry.text.utf8)
      guard text.count <= UInt16.max, count < UInt16.max,
        Self.headSize + strings.count + 3 + text.count <= Self.maximumSize
      else {
        flags.insert(.shortened)
        continue
      }
      strings.append(entry.field.rawValue)
      strings.append(integer: UInt16(text.count))
      strings += text
      count += 1
    }
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(Self.headSize + strings.count))
    bytes.append(integer: UInt32(recordCount))
    bytes.append(stateHash)
    bytes += [isOpen ? 1 : 2, flags.rawValue]
    bytes.append(integer: count)
    bytes.append(integer: Int32(opened.dayNumber))
    bytes.append(integer: closed.map { Int32($0.dayNumber) } ?? Self.never)
    bytes.append(integer: Int32(lastWork.dayNumber))
    bytes.append(integer: Int32(expires.dayNumber))
    bytes += strings
    bytes.append(zeros: (256 - bytes.count % 256) % 256)
    return bytes
  }

  /// The texts of one field.
  package func texts(_ field: Field) -> [String] {
    entries.filter { $0.field == field }.map(\.text)
  }

  private static func day(_ reader: inout ByteReader) throws(FormatError) -> CivilDate {
    guard let day = try dayOrNever(&reader) else { throw .invalid("day") }
    return day
  }

  private static func dayOrNever(_ reader: inout ByteReader) throws(FormatError) -> CivilDate? {
    let number: Int32 = try reader.integer()
    guard number != never else { return nil }
    guard let day = CivilDate(dayNumber: Int(number)) else { throw .invalid("day") }
    return day
  }
}
