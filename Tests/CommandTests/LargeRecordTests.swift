import Foundation
import TestSupport
import Testing
import VaultFormat

/// Records larger than memory should hold.
@Suite(.serialized) struct LargeRecordTests {
  private static let limit = 100_000

  /// Files as many bytes as said, most of them holes, and returns case and record.
  private func file(_ size: Int, in desk: Desk) throws -> (reference: String, record: String) {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.plantSparse("large.bin", size: size)
    let filed = try desk.casevault(
      "note", "add", reference, desk.files.at("large.bin"), "--title", "Large", "--json",
      through: measured)
    try expectLittleMemory("filing", desk)
    return (reference, try filed.succeeded().text("record"))
  }

  private let measured = ["/usr/bin/time", "-f", "%M", "-o", "peak"]

  private func expectLittleMemory(_ work: String, _ desk: Desk) throws {
    let peak = try peak(desk)
    #expect(peak < Self.limit, "\(work) took \(peak) KiB")
  }

  /// The peak of the last measured command in KiB, key derivation included.
  private func peak(_ desk: Desk) throws -> Int {
    let text = String(decoding: try desk.files.read("peak"), as: UTF8.self)
    return try text.split(separator: "\n").last.flatMap { Int($0) }.orThrow()
  }

  private func flip(_ path: String, at offset: Int) throws {
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(offset))
    let byte = try handle.read(upToCount: 1).orThrow()
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data([byte[byte.startIndex] ^ 1]))
  }

  @Test func aFlippedBitInTheLastChunkSendsNothingIntoAPipe() throws {
    let size = (Needs.largeTests ? 300 : 80) << 20
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    #expect(try desk.shell("head -c \(size) /dev/urandom >large.bin").status == 0)
    let record = try desk.casevault(
      "note", "add", reference, desk.files.at("large.bin"), "--json"
    ).text("record")
    let layout = try RecordLayout(length: size)
    let lastOfContent = layout.hashListOffset - RecordLayout.tagSize - 1
    try flip(desk.vault.at(desk.path(ofRecord: record)), at: lastOfContent)
    let piped = try desk.shell(
      "{ casevault get \(reference) \(record); echo $? >code; } | wc -c; cat code")
    #expect(piped.output == "0\n14\n")
    let filed = try desk.casevault("get", reference, record, "-o", desk.files.at("out.bin"))
    #expect(filed.status == 14)
    #expect(!desk.files.names().contains { $0.contains("out.bin") })
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/time")))
  func aLargeRecordNeedsLittleMemory() throws {
    let size = 256 << 20
    let desk = try Desk()
    let (reference, record) = try file(size, in: desk)
    let read = try desk.casevault(
      "get", reference, record, "-o", desk.files.at("out.bin"), through: measured)
    #expect(read.status == 0)
    try expectLittleMemory("reading", desk)
    #expect(try desk.shell("cmp large.bin out.bin && echo same").output == "same\n")
  }

  @Test(.isLarge, .requires("prlimit"))
  func twoGibibytesPassUnderALimitOnMemory() throws {
    let size = 2 << 30
    let desk = try Desk()
    let (reference, record) = try file(size, in: desk)
    let read = try desk.shell(
      """
      /usr/bin/time -f %M -o peak prlimit --as=1073741824 casevault get \(reference) \(record) \
      | wc -c
      """)
    #expect(read.output == "\(size)\n", "\(read.errors)")
    try expectLittleMemory("reading", desk)
    let checked = try desk.casevault("check", "--deep", through: measured)
    #expect(checked.status == 0)
    try expectLittleMemory("checking", desk)
  }
}
