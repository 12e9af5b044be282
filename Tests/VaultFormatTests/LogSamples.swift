import VaultFormat

/// Files of the access log whose every field is another.
enum LogSamples {
  static func id(_ byte: UInt8) -> Identifier {
    Identifier(InlineArray<32, UInt8>(repeating: byte))
  }

  static let head = LogHead(
    vault: id(1), roster: id(2), device: id(3), sequence: 7, chain: id(4), auditors: id(5),
    box: Array(repeating: 6, count: 104))

  static let spoolHeader = LogSpoolHeader(head, began: 1_795_350_000)

  static let access = LogEntry.bytes(.access, sealed: Array(repeating: 8, count: 40 + 256))
  static let made = LogEntry.bytes(.made, made: id(9))
  static let change = LogEntry.bytes(.change, sealed: Array(repeating: 10, count: 136))

  static let witnesses = [
    LogWitness(device: id(11), point: LogPoint(next: 12, chain: id(13))),
    LogWitness(device: id(14), point: LogPoint(next: 15, chain: id(16))),
  ]

  static let body = LogBody(
    action: "case show", caseID: id(17), record: id(18), member: "aaaaaaaaaaaaaaaaaaaaaaaaaa",
    program: "/usr/bin/casevault", purpose: .advice, outcome: .ok,
    time: Timestamp(seconds: 1_795_350_000), details: Array(repeating: 19, count: 60))

  static func segment(
    _ entries: [[UInt8]] = [access, made, change, made], head: LogHead = head,
    witnesses: [LogWitness] = witnesses
  ) throws(FormatError) -> [UInt8] {
    var segment = try LogSegment(
      head, witnesses: witnesses, replaced: [id(20), id(21)], run: Array(entries.joined()),
      count: entries.count)
    segment.sign(Array(repeating: 22, count: 64))
    return segment.bytes
  }
}
