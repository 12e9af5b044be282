import Storage
import Testing

/// Others work on the share at the same moment.
@Suite struct RaceTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// A folder where `act` happens once, just before the changing call `step`.
  private func folder(
    _ missing: Set<Faults.Ability> = [], before step: String,
    _ act: @escaping @Sendable (Scratch) throws -> Void
  ) throws -> Folder {
    try scratch.folder(
      Faults(.none, missing: missing) { [scratch] now in
        if now == step { try? act(scratch) }
      })
  }

  // The last world has no call that could notice: names there are random or hashes.
  @Test(arguments: worlds.dropLast())
  func nameTakenAtTheLastMomentIsLeftAlone(missing: Set<Faults.Ability>) throws {
    let naming = missing.contains(.renameWithoutReplacing) ? "link" : "rename"
    let folder = try folder(missing, before: "\(naming) cases/file") {
      try $0.plant("theirs", at: "cases/file")
    }
    expect(.alreadyExists) { try folder.publish(bytes("ours"), at: "cases/file") }
    #expect(scratch.text("cases/file") == "theirs")
  }

  @Test(arguments: worlds.dropLast())
  func sameFileFromAnotherDeviceIsSuccess(missing: Set<Faults.Ability>) throws {
    let naming = missing.contains(.renameWithoutReplacing) ? "link" : "rename"
    let folder = try folder(missing, before: "\(naming) cases/file") {
      try $0.plant("same", at: "cases/file")
    }
    try folder.publish(bytes("same"), at: "cases/file")
    #expect(scratch.text("cases/file") == "same")
    #expect(scratch.names("tmp") == [])
  }

  @Test func folderMadeByAnotherDeviceIsUsed() throws {
    let folder = try folder(before: "makeFolder cases") { try $0.plantFolder("cases") }
    try folder.publish([1], at: "cases/file")
    #expect(scratch.names("cases") == ["file"])
  }

  @Test(arguments: [[], [Faults.Ability.openBeneath]])
  func linkPlantedInPlaceOfNewFolderIsNotFollowed(missing: Set<Faults.Ability>) throws {
    let outside = try Scratch()
    let folder = try folder(missing, before: "makeFolder cases") {
      try $0.plantLink("cases", to: outside.path)
    }
    expect(.notRegular) { try folder.publish([1], at: "cases/file") }
    #expect(outside.names() == [])
  }

  @Test func answerThatWasLostIsFoundOut() throws {
    // The server renamed, the answer got lost, the client asks again.
    let folder = try folder(before: "rename file") { scratch in
      let name = try #require(scratch.names("tmp").first)
      try scratch.move("tmp/\(name)", to: "file")
    }
    try folder.publish(bytes("ours"), at: "file")
    #expect(scratch.text("file") == "ours")
  }
}
