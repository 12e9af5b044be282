/// How far a device's log had come when somebody saw it.
package struct LogPoint: Equatable, Sendable {
  /// The sequence number of the next entry.
  package let next: UInt64
  /// The chain before that entry.
  package let chain: Identifier

  package init(next: UInt64, chain: Identifier) {
    self.next = next
    self.chain = chain
  }

  /// Of a log without entries.
  package static let start = LogPoint(next: 0, chain: .zero)
}

/// What a segment says of another device's log (FORMAT §10).
package struct LogWitness: Equatable, Sendable {
  package static let size = 72

  package let device: Identifier
  package let point: LogPoint

  package init(device: Identifier, point: LogPoint) {
    self.device = device
    self.point = point
  }
}

/// A signed file of log entries (FORMAT §10).
package struct LogSegment: Equatable, Sendable {
  package static let maximumEntries = 1 << 20
  package static let maximumWitnesses = 1_024
  package static let maximumReplaced = 4_096
  package static let maximumSize = 256 << 20
  package static let signatureText: StaticString = "casevault 1 log\n"
  /// The bytes in front of the witnesses.
  package static let headSize = 296

  package let head: LogHead
  package let witnesses: [LogWitness]
  package let replaced: [Identifier]
  /// The whole file, or all in front of the signature where it is yet to be signed.
  package private(set) var bytes: [UInt8]
  package let entries: [LogEntry]

  /// A segment yet to be signed.
  ///
  /// - Parameter run: whole entries, 1 to 2^20.
  /// - Throws: `invalid` beyond a bound.
  package init(
    _ head: LogHead, witnesses: [LogWitness], replaced: [Identifier], run: [UInt8], count: Int
  ) throws(FormatError) {
    let witnesses = witnesses.sorted { $0.device < $1.device }
    let replaced = replaced.sorted()
    var bytes = Preamble(.logSegment, number: UInt32(count)).bytes + head.bytes
    bytes.append(integer: UInt32(witnesses.count))
    bytes.append(integer: UInt32(replaced.count))
    for witness in witnesses {
      bytes.append(witness.device)
      bytes.append(integer: witness.point.next)
      bytes.append(witness.point.chain)
    }
    for segment in replaced { bytes.append(segment) }
    let start = bytes.count
    bytes += run
    let entries = try Self.entries(count, in: bytes, from: start, before: bytes.count)
    guard witnesses.count <= Self.maximumWitnesses, replaced.count <= Self.maximumReplaced,
      bytes.count + Statement.signatureSize <= Self.maximumSize
    else { throw .invalid("segment") }
    self.head = head
    self.witnesses = witnesses
    self.replaced = replaced
    self.bytes = bytes
    self.entries = entries
  }

  /// Takes a file apart. The signature is not verified here.
  ///
  /// - Throws: `FormatError`; counts are bounded before anything is allocated.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.maximumSize else { throw .invalid("segment") }
    var reader = ByteReader(Array(bytes.prefix(Self.headSize)))
    let count = try Preamble.expect(.logSegment, from: &reader)
    head = try LogHead(&reader)
    let seen: UInt32 = try reader.integer()
    let taken: UInt32 = try reader.integer()
    guard seen <= Self.maximumWitnesses else { throw .invalid("witnesses") }
    guard taken <= Self.maximumReplaced else { throw .invalid("replaced") }
    let start = Self.headSize + LogWitness.size * Int(seen) + 32 * Int(taken)
    let end = bytes.count - Statement.signatureSize
    guard start <= end else { throw .truncated }
    var lists = ByteReader(Array(bytes[Self.headSize..<start]))
    witnesses = try Self.witnesses(seen, &lists)
    replaced = try Self.replaced(taken, &lists)
    entries = try Self.entries(Int(count), in: bytes, from: start, before: end)
    self.bytes = bytes
  }

  /// What the signature covers.
  package var signed: [UInt8] { Array(bytes[..<end]) }
  /// The last 64 bytes; nothing where it is yet to be signed.
  package var signature: [UInt8] { Array(bytes[end...]) }
  /// The entries as they lie in the file.
  package var run: ArraySlice<UInt8> { bytes[(entries.first?.start ?? end)..<end] }
  /// How many entries have a sequence number.
  package var chained: Int { entries.count(where: \.isChained) }

  private var end: Int { entries.last.map { $0.start + $0.size } ?? bytes.count }

  /// The most that the sequence number behind a file's entries can be, by its first bytes; nil for
  /// what begins no log segment.
  package static func bound(_ front: [UInt8]) -> UInt64? {
    var reader = ByteReader(front)
    guard let count = try? Preamble.expect(.logSegment, from: &reader), count <= maximumEntries,
      let head = try? LogHead(&reader)
    else { return nil }
    return head.sequence + UInt64(count)
  }

  /// Puts the signature behind the entries, in place of an earlier one.
  package mutating func sign(_ signature: [UInt8]) { bytes = signed + signature }

  private static func witnesses(
    _ count: UInt32, _ reader: inout ByteReader
  ) throws(FormatError) -> [LogWitness] {
    var witnesses: [LogWitness] = []
    for _ in 0..<count {
      let device = try reader.identifier()
      let next: UInt64 = try reader.integer()
      guard next <= LogHead.maximumSequence else { throw .invalid("witnesses") }
      witnesses.append(
        LogWitness(device: device, point: LogPoint(next: next, chain: try reader.identifier())))
    }
    guard zip(witnesses, witnesses.dropFirst()).allSatisfy({ $0.device < $1.device }) else {
      throw .invalid("witnesses")
    }
    return witnesses
  }

  private static func replaced(
    _ count: UInt32, _ reader: inout ByteReader
  ) throws(FormatError) -> [Identifier] {
    var replaced: [Identifier] = []
    for _ in 0..<count { replaced.append(try reader.identifier()) }
    guard zip(replaced, replaced.dropFirst()).allSatisfy(<) else { throw .invalid("replaced") }
    return replaced
  }

  /// Exactly so many entries. A change of key stands in front of a run and behind another.
  private static func entries(
    _ count: Int, in bytes: [UInt8], from start: Int, before end: Int
  ) throws(FormatError) -> [LogEntry] {
    guard (1...maximumEntries).contains(count) else { throw .invalid("entries") }
    // The smallest entry has 40 bytes: nothing is reserved for more than can be there.
    guard count <= (end - start) / LogEntry.headSize else { throw .truncated }
    var entries: [LogEntry] = []
    entries.reserveCapacity(count)
    var offset = start
    var wasChained = false
    for _ in 0..<count {
      let entry = try LogEntry(in: bytes, at: offset, before: end)
      guard entry.isChained || wasChained else { throw .invalid("change") }
      wasChained = entry.isChained
      entries.append(entry)
      offset += entry.size
    }
    guard wasChained else { throw .invalid("change") }
    guard offset == end else { throw .trailingBytes }
    return entries
  }
}
