import Sealing
import Testing

/// The signatures, boxes and bodies of the access log's vectors (FORMAT §10).
struct SealedLogVectorTests {
  private static let answers: Set = ["ok", "not-authentic", "mismatch", "bad-public-key"]
  /// What is wrong within a segment that its device did sign.
  private static let withinSigned: Set = ["box", "body", "auditors"]

  private static func vectors(_ folder: String) throws -> [Vector] {
    try Vector.all(folder).filter { answers.contains($0.answer) }
  }

  @Test(arguments: try vectors("log-segment"))
  func logSegmentsOpenForTheAuditors(vector: Vector) throws {
    let file = try vector.bytes("file")
    let signer = try #require(Bytes32(try vector.bytes("signer")))
    let isWithin = Self.withinSigned.contains(vector.wrong ?? "")
    do throws(SealingError) {
      try verify(file.suffix(64), by: signer, "casevault 1 log\n", Array(file.dropLast(64)))
      #expect(vector.isGood || isWithin)
    } catch {
      #expect(!vector.isGood && !isWithin)
      return
    }
    let start = 296 + 72 * file.u32(at: 288) + 32 * file.u32(at: 292)
    try openEntries(of: vector, from: start, to: file.count - 64)
    guard vector.isGood else { return }
    #expect(hash(Label("cv1.segment"), file).array == (try vector.bytes("id")))
  }

  @Test(arguments: try vectors("log-spool"))
  func logSpoolsOpenForTheAuditors(vector: Vector) throws {
    let end = try vector.bytes("file").count - (vector.number(ifThere: "torn") ?? 0)
    try openEntries(of: vector, from: 288, to: end)
  }

  /// Follows the chain and opens each body under the key of its run.
  private func openEntries(of vector: Vector, from start: Int, to end: Int) throws {
    let file = try vector.bytes("file")
    let ended = try vector.walk {
      var (sequence, chain) = (file.u64(at: 112), file.slice(120, 32))
      var segmentKey = try openBox(of: vector, at: 152)
      var offset = start
      while offset < end {
        let (kind, size) = (file.u32(at: offset), file.u32(at: offset + 4))
        let entry = file.slice(offset, 40 + size)
        offset += entry.count
        guard kind != 3 else {
          segmentKey = try openBox(of: vector, at: offset - 136)
          continue
        }
        let place = chain + Self.bytes(sequence)
        if kind == 1 {
          let body = try step("body") { () throws(SealingError) in
            try Envelope.open(
              Array(entry[64...]), key: segmentKey, nonce: entry.slice(40, 24), data: place)
          }
          #expect(body.count % 256 == 0)
        }
        chain = hash(Label("cv1.chain"), chain + entry).array
        sequence += 1
      }
      return (sequence, chain)
    }
    guard let ended else { return }
    #expect(Int(ended.0) == (try vector.number("next")))
    #expect(ended.1 == (try vector.bytes("chain")))
  }

  /// The key of the run whose R and box lie there.
  private func openBox(of vector: Vector, at offset: Int) throws -> SecretKey {
    let file = try vector.bytes("file")
    let auditor = UnlockKey(secret: try key(vector.bytes("auditor")))
    let auditors = file.slice(offset, 32)
    try match("auditors", auditors, auditor.publicKey.array)
    let data = Array("casevault 1 log\n".utf8) + file.slice(16, 32) + file.slice(80, 32) + auditors
    return try step("box") { () throws(SealingError) in
      try Box.open(file.slice(offset + 32, 104), with: auditor, data: data)
    }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
