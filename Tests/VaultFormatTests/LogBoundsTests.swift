import Testing
import VaultFormat

/// FORMAT §10: what a reader of the access log does not take.
struct LogBoundsTests {
  private func altered(_ offset: Int, _ number: UInt32) throws -> [UInt8] {
    var file = try LogSamples.segment()
    for byte in 0..<4 { file[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
    return file
  }

  @Test(arguments: [
    (12, UInt32(0), FormatError.invalid("entries")), (12, 2, .trailingBytes),
    (12, 1 << 20, .truncated), (12, 1 << 20 + 1, .invalid("entries")),
    (12, .max, .invalid("entries")),
    (288, 1_025, .invalid("witnesses")), (288, .max, .invalid("witnesses")),
    (288, 1_024, .truncated), (292, 4_097, .invalid("replaced")),
    (292, .max, .invalid("replaced")), (292, 4_096, .truncated),
  ])
  func aCountThatDoesNotFitIsRefused(_ offset: Int, _ count: UInt32, _ error: FormatError) throws {
    let file = try altered(offset, count)
    #expect(throws: error) { try LogSegment(file) }
  }

  @Test func entriesLieWhereTheyAre() throws {
    let segment = try LogSegment(LogSamples.segment())
    let start = 296 + 72 * 2 + 32 * 2
    #expect(segment.entries.map(\.start) == [start, start + 336, start + 376, start + 552])
    #expect(segment.entries.map(\.kind) == [.access, .made, .change, .made])
    #expect(segment.chained == 3)
    #expect(segment.bytes[segment.entries[1].made].allSatisfy { $0 == 9 })
    #expect(segment.bytes[segment.entries[2].sealed].count == 136)
    #expect(LogSegment.bound(Array(segment.bytes.prefix(296))) == 7 + 4)
  }

  @Test(arguments: [UInt32(0), 4, 5, .max])
  func anUnknownKindIsRefused(_ kind: UInt32) throws {
    let file = try altered(296 + 144 + 64, kind)
    #expect(throws: FormatError.invalid("kind")) { try LogSegment(file) }
  }

  @Test(arguments: [
    UInt32(0), 40, 41, 295, 297, 4_392, 136, 0xffff_ffff, 0x7fff_ffff,
  ])
  func aBodyOfAnotherSizeIsRefused(_ size: UInt32) throws {
    let file = try altered(296 + 144 + 64 + 4, size)
    #expect(throws: FormatError.invalid("entry")) { try LogSegment(file) }
  }

  @Test func onlyAnEntryThatWasMadeNamesASignature() throws {
    var file = try LogSamples.segment()
    file[296 + 144 + 64 + 20] = 1
    #expect(throws: FormatError.notZero) { try LogSegment(file) }
  }

  @Test(arguments: [
    [LogSamples.change, LogSamples.made], [LogSamples.made, LogSamples.change],
    [LogSamples.made, LogSamples.change, LogSamples.change, LogSamples.made],
  ])
  func aChangeOfKeyStandsBetweenTwoRuns(_ entries: [[UInt8]]) {
    #expect(throws: FormatError.invalid("change")) { try LogSamples.segment(entries) }
  }

  @Test func witnessesAscendEachOnce() throws {
    var file = try LogSamples.segment()
    for index in 296..<328 { file[index] = 14 }
    #expect(throws: FormatError.invalid("witnesses")) { try LogSegment(file) }
    for index in 296..<328 { file[index] = 15 }
    #expect(throws: FormatError.invalid("witnesses")) { try LogSegment(file) }
  }

  @Test func replacedSegmentsAscendEachOnce() throws {
    var file = try LogSamples.segment()
    for index in 440..<472 { file[index] = 21 }
    #expect(throws: FormatError.invalid("replaced")) { try LogSegment(file) }
  }

  @Test func aLogBeginsWithoutAChain() throws {
    var file = try LogSamples.segment()
    for index in 112..<120 { file[index] = 0 }
    #expect(throws: FormatError.invalid("chain")) { try LogSegment(file) }
    for index in 120..<152 { file[index] = 0 }
    #expect(try LogSegment(file).head.sequence == 0)
  }

  @Test func sequencesStayNumbersOfJSON() throws {
    var file = try LogSamples.segment()
    for index in 112..<120 { file[index] = 0xff }
    #expect(throws: FormatError.invalid("sequence")) { try LogSegment(file) }
  }

  @Test func aTornLastEntryOfASpoolIsDropped() throws {
    let header = LogSamples.spoolHeader.bytes
    let whole = header + LogSamples.access + LogSamples.made
    for cut in 0..<whole.count {
      guard let spool = try? LogSpool(Array(whole[..<cut])) else {
        #expect(cut < header.count)
        continue
      }
      let entries = cut < header.count + 336 ? 0 : 1
      #expect(spool.entries.count == entries && spool.wholeSize == header.count + 336 * entries)
    }
    #expect(try LogSpool(whole).entries.count == 2)
    let zeros = [UInt8](repeating: 0, count: 500)
    #expect(try LogSpool(whole + zeros).wholeSize == whole.count)
    #expect(try LogSpool(whole + LogSamples.change).wholeSize == whole.count)
  }

  @Test func noMutationOfASpoolTrapsItsReader() {
    var mutator = Mutator(seed: 10)
    let whole = LogSamples.spoolHeader.bytes + LogSamples.access + LogSamples.made
    var wrong = 0
    for _ in 0..<3_000 {
      let mutated = mutator.mutate(whole)
      guard let spool = try? LogSpool(mutated) else { continue }
      if spool.wholeSize > mutated.count || spool.wholeSize < LogSpoolHeader.size { wrong += 1 }
    }
    #expect(wrong == 0)
  }
}

/// FORMAT §10.2.
struct LogBodyTests {
  private func body(_ change: (inout [String: JSON]) -> Void) throws -> [UInt8] {
    var members: [String: JSON] = [
      "action": "case show", "member": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "purpose": "advice",
      "result": "ok", "time": "2026-11-22T12:00:00Z",
    ]
    change(&members)
    let json = JSON.object(members).canonical
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(json.count))
    bytes += json
    bytes.append(zeros: (256 - bytes.count % 256) % 256)
    return bytes
  }

  @Test func whatIsWrittenIsRead() throws {
    #expect(try LogBody(LogSamples.body.plaintext()) == LogSamples.body)
    #expect(try LogBody(body { _ in }).details == nil)
  }

  @Test(arguments: [
    ("action", JSON.string("")), ("action", .string(String(repeating: "a", count: 65))),
    ("action", "a\u{1}"), ("case", "a"), ("record", 1), ("member", "me"),
    ("program", .string(String(repeating: "a", count: 1_025))), ("program", ""),
    ("purpose", "curiosity"), ("result", "fine"), ("time", "today"), ("details", "aa"),
    ("details", .string(Base32.encode(Array(repeating: 1, count: 1_025)))),
  ])
  func aMemberOutOfItsBoundsIsRefused(_ name: String, _ value: JSON) throws {
    let bytes = try body { $0[name] = value }
    #expect(throws: FormatError.invalid(name)) { try LogBody(bytes) }
  }

  @Test(arguments: ["action", "member", "purpose", "result", "time"])
  func aMemberThatIsNotThereIsRefused(_ name: String) throws {
    let bytes = try body { $0[name] = nil }
    #expect(throws: FormatError.missing(name)) { try LogBody(bytes) }
  }

  @Test func thePaddingIsZeroAndShort() throws {
    var bytes = try body { _ in }
    bytes[bytes.count - 1] = 1
    #expect(throws: FormatError.notZero) { try LogBody(bytes) }
    let good = try body { _ in }
    #expect(throws: FormatError.invalid("padding")) {
      try LogBody(good + [UInt8](repeating: 0, count: 256))
    }
    #expect(throws: FormatError.invalid("body")) {
      try LogBody(good + [UInt8](repeating: 0, count: 4_096))
    }
  }

  @Test(arguments: [(JSON.integer(1), 1 as Int?), (720, 720), (0, nil), (721, nil), ("72", nil)])
  func policyBoundsHowLongEntriesWait(_ value: JSON, _ hours: Int?) throws {
    var members: [String: JSON] = [
      "academic_year_starts": "08-01", "keep_years": 6, "time_zone": "Europe/London",
      "work": ["note"],
    ]
    #expect(Policy(.object(members))?.logUnshippedHours == 72)
    members["log_unshipped_hours"] = value
    let policy = Policy(.object(members))
    #expect(policy?.logUnshippedHours == hours)
    if let policy { #expect(policy.json == .object(members)) }
  }
}
