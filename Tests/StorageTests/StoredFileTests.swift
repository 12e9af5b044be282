import Storage
import Testing

@Suite struct StoredFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func piecesAreReadWhereTheyAre() throws {
    try scratch.plant("0123456789", at: "file")
    let file = try scratch.folder().open("file")
    file.adviseSequential()
    #expect(file.size == 10)
    #expect(try file.read(count: 3, at: 4) == bytes("456"))
    #expect(try file.read(count: 0, at: 10) == [])
    var buffer = [UInt8](repeating: 0, count: 8)
    let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: 7) }
    #expect(count == 3)
    #expect(buffer == bytes("789") + [0, 0, 0, 0, 0])
  }

  @Test func fileThatEndsEarlyIsNoticed() throws {
    try scratch.plant("0123456789", at: "file")
    let folder = try scratch.folder()
    expect(.changed) { _ = try folder.open("file").read(count: 3, at: 8) }
  }

  @Test func offsetsBeyondReasonAreRefused() throws {
    try scratch.plant("0123456789", at: "file")
    let file = try scratch.folder().open("file")
    #expect(throws: StorageError.self) { _ = try file.read(count: 1, at: -1) }
    #expect(throws: StorageError.self) { _ = try file.read(count: 1, at: Int.max) }
  }

  @Test func changesSinceOpeningAreNoticed() throws {
    try scratch.plant("before", at: "file")
    let file = try scratch.folder().open("file")
    let before = file.unchanged()
    #expect(before)
    try scratch.plant("longer than before", at: "file")
    let after = file.unchanged()
    #expect(!after)
  }
}
