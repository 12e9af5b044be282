import Storage
import Testing

@Suite struct BuildTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private struct Refusal: Error {}

  @Test func folderComesIntoBeingWithAllThatIsInIt() throws {
    try Folder.build(at: scratch.at("vault/")) { folder in
      #expect(!scratch.names().contains("vault"))
      try folder.publish(bytes("{}"), at: "casevault.json")
    }
    #expect(scratch.names() == ["vault"])
    #expect(scratch.text("vault/casevault.json") == "{}")
  }

  @Test func emptyFolderIsTakenOver() throws {
    try scratch.plantFolder("vault")
    try scratch.setMode(0o2770, of: "vault")
    try Folder.build(at: scratch.at("vault")) { try $0.publish([1], at: "file") }
    #expect(scratch.names("vault") == ["file", "tmp"])
    #expect(try scratch.mode("vault") == 0o2770)
  }

  @Test func whatIsThereIsLeftAlone() throws {
    try scratch.plant("theirs", at: "full/file")
    try scratch.plant("theirs", at: "file")
    try scratch.plantFolder("empty")
    try scratch.plantLink("link", to: "empty")
    for name in ["full", "file", "link"] {
      expect(.alreadyExists) {
        try Folder.build(at: scratch.at(name)) { _ in Issue.record("nothing is to be built") }
      }
    }
    #expect(scratch.names() == ["empty", "file", "full", "link"])
    #expect(scratch.text("full/file") == "theirs")
  }

  @Test func folderThatFillsMeanwhileIsLeftAlone() throws {
    try scratch.plantFolder("vault")
    expect(.alreadyExists) {
      try Folder.build(at: scratch.at("vault")) { _ in
        try scratch.plant("theirs", at: "vault/file")
      }
    }
    #expect(scratch.names() == ["vault"])
    #expect(scratch.text("vault/file") == "theirs")
  }

  @Test func failedBuildingLeavesNothing() throws {
    #expect(throws: Refusal.self) {
      try Folder.build(at: scratch.at("vault")) { folder in
        try folder.publish([1], at: "a/b/file")
        throw Refusal()
      }
    }
    #expect(scratch.names() == [])
  }

  @Test func placeMustHaveAName() throws {
    for path in ["", ".", "..", "/", scratch.at("..")] {
      expect(.badName) { try Folder.build(at: path) { _ in } }
    }
  }
}
