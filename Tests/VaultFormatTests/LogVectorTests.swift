import Testing
import VaultFormat

/// The files of the access log against Vault/vectors. What is sealed within is opened
/// in SealingTests.
struct LogVectorTests {
  @Test(arguments: try Vector.all("log-segment"))
  func logSegmentsAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read { () throws(FormatError) in try LogSegment(file) }
    guard let segment = read else { return }
    #expect(segment.bytes == file)
    #expect(segment.signed == file.dropLast(64))
    #expect(segment.signature == file.suffix(64))
    guard vector.isGood else { return }
    try expect(segment.head, of: vector)
    #expect(segment.entries.count == (try vector.number("entries")))
    #expect(segment.witnesses.count == (try vector.number("witnesses")))
    #expect(segment.replaced.count == (try vector.number("replaced")))
    #expect(Int(segment.head.sequence) + segment.chained == (try vector.number("next")))
    var again = try LogSegment(
      segment.head, witnesses: segment.witnesses, replaced: segment.replaced,
      run: Array(segment.run), count: segment.entries.count)
    again.sign(segment.signature)
    #expect(again.bytes == file)
  }

  @Test(arguments: try Vector.all("log-spool"))
  func logSpoolsAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read { () throws(FormatError) in try LogSpool(file) }
    guard let spool = read, vector.isGood else { return }
    try expect(spool.head, of: vector)
    #expect(Int(spool.header.began) == (try vector.number("began")))
    #expect(file.count - spool.wholeSize == (try vector.number("torn")))
    #expect(Int(spool.head.sequence) + spool.entries.count == (try vector.number("next")))
    #expect(spool.header.bytes == Array(file.prefix(LogSpoolHeader.size)))
  }

  @Test(arguments: try Vector.all("log-body"))
  func logBodiesKeepTheirBounds(vector: Vector) throws {
    let plaintext = try vector.bytes("body")
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try LogBody(plaintext)
    }
    guard let body = read else { return }
    #expect(body.action == (try vector.text("action")))
    #expect(body.member == (try vector.text("member")))
    #expect(body.purpose.rawValue == (try vector.text("purpose")))
    #expect(body.outcome.rawValue == (try vector.text("result")))
    #expect(body.time.text == (try vector.text("time")))
    #expect(body.details == vector.bytes(ifThere: "details"))
    #expect(try LogBody(body.plaintext()) == body)
  }

  private func expect(_ head: LogHead, of vector: Vector) throws {
    #expect(head.vault.bytes == (try vector.bytes("vault")))
    #expect(head.roster.bytes == (try vector.bytes("head")))
    #expect(head.device.bytes == (try vector.bytes("device")))
    #expect(Int(head.sequence) == (try vector.number("sequence")))
  }
}
