import Storage
import Testing

@Suite struct ReplaceTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func newBytesStandUnderTheOldName() throws {
    let folder = try scratch.folder()
    try folder.replace(bytes("old"), at: "vaults/one/state")
    try folder.replace(bytes("new"), at: "vaults/one/state")
    #expect(scratch.text("vaults/one/state") == "new")
    #expect(scratch.names("vaults/one") == ["state"])
  }

  @Test func filesAndFoldersAreThePersonsAlone() throws {
    try scratch.folder().replace(bytes("secret"), at: "vaults/state")
    #expect(try scratch.mode("vaults") == 0o700)
    #expect(try scratch.mode("vaults/state") == 0o600)
  }

  @Test func manyAreRemovedWithoutASyncAndNoneElsewhere() throws {
    for name in ["a", "b", "c", "deeper/file"] { try scratch.plant("x", at: "log/\(name)") }
    try scratch.plant("x", at: "outside")
    let faults = Faults(.none)
    let folder = try scratch.folder(faults)
    try folder.remove(["a", "gone", "b"], in: "log")
    #expect(faults.trace == ["remove log/a", "remove log/gone", "remove log/b"])
    for name in ["../outside", "deeper/file", "..", ""] {
      expect(.badName) { try folder.remove([name], in: "log") }
    }
    #expect(scratch.names("log") == ["c", "deeper"])
    #expect(scratch.names() == ["log", "outside"])
  }

  @Test func removedFilesAndFoldersAreGone() throws {
    let folder = try scratch.folder()
    try folder.replace([1], at: "a/file")
    #expect(throws: StorageError.self) { try folder.removeFolder("a") }
    try folder.remove("a/file")
    #expect(!folder.exists("a/file"))
    try folder.removeFolder("a")
    #expect(scratch.names() == [])
    let error = #expect(throws: StorageError.self) { try folder.remove("a") }
    #expect(error?.isMissing == true)
  }
}
