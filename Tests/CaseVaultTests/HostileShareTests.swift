import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// What else may lie in the folder. All of it is ignored, listed, and met in
/// bounded time and memory.
@Suite struct HostileShareTests {
  let office: Office
  let caseID: Identifier
  let record: Record
  init() throws {
    office = try Office()
    caseID = try office.openCase()
    record = try office.note([1, 2, 3], in: caseID)
  }

  private var caseFolder: String { CaseKey.folder(of: caseID) }

  /// The folders that are read on the way to a record.
  private func folders() throws -> [String] {
    [
      "", "roster", "keyring", "keyring/\(try office.epoch.text)", "shred", "shred/x",
      "devices", "devices/\(office.manager.device.text)", "cases", "cases/aa", caseFolder,
      "index", "index/\(office.manager.device.text)",
    ]
  }

  private func expectGood(_ location: SourceLocation = #_sourceLocation) throws {
    #expect(try office.content(of: record) == [1, 2, 3], sourceLocation: location)
    #expect(
      try office.open().index().find("nadia").map(\.caseID) == [caseID],
      sourceLocation: location)
  }

  private func id() -> String { Identifier(randomBytes(32))!.text }

  @Test func linksPipesAndFoldersAreStrangers() throws {
    var planted: Set<String> = []
    for folder in try folders() {
      try office.share.makeFolder(folder)
      let prefix = folder.isEmpty ? "" : "\(folder)/"
      // With names that files of the vault have.
      let names = (0..<3).map { _ in
        "\(prefix)\(folder == caseFolder ? "\(id())-\(record.name.suffix)" : id())"
      }
      try office.share.plantLink(names[0], to: "/etc/passwd")
      try office.share.plantPipe(names[1])
      try office.share.plantLink(names[2], to: office.share.path)
      planted.formUnion(names)
    }
    try expectGood()
    let found = Set(try office.deepFindings().map(\.path))
    #expect(found.isSuperset(of: planted), "\(planted.subtracting(found))")
  }

  @Test func recordThatIsALinkIsNotRead() throws {
    let path = office.path(record)
    try office.share.move(path, to: "elsewhere")
    try office.share.plantLink(path, to: "\(office.share.path)/elsewhere")
    var lent = 0
    expect(.damaged) { try lend(record, office, &lent) }
    #expect(lent == 0)
    #expect(try office.open().caseFile(caseID).state.entries.count == 1)
  }

  @Test(arguments: ["cases", "roster", "keyring", "index"])
  func folderThatIsALinkIsNotFollowed(name: String) throws {
    try office.share.move(name, to: "../\(name)")
    try office.share.plantLink(name, to: "../\(name)")
    #expect(throws: VaultError.self) {
      _ = try office.content(of: record)
      _ = try office.open().index()
    }
  }

  @Test func sparseGiantsTakeNoMemory() throws {
    let tebibyte = 1 << 40
    let epoch = "keyring/\(try office.epoch.text)"
    let planted = [
      "roster/\(id())", "\(epoch)/\(id())", "shred/x/\(id())",
      "\(caseFolder)/\(id())-\(record.name.suffix)",
      "index/\(office.manager.device.text)/\(id())",
      "devices/\(office.manager.device.text)/1",
    ]
    for path in planted { try office.share.plantSparse(path, size: tebibyte) }
    try expectGood()
    #expect(try office.deepFindings().count >= planted.count)
    try office.share.remove(office.path(record))
    try office.share.plantSparse(office.path(record), size: tebibyte)
    try expectDamaged(record, office)
  }

  @Test(arguments: [VaultDescriptor.fileName, "roster", "keyring"])
  func sparseGiantInPlaceOfAFileThatMustBeThereIsRefused(name: String) throws {
    let path =
      switch name {
      case "roster": "roster/\(office.vaultID.text)"
      case "keyring": "keyring/\(try office.epoch.text)/document"
      default: name
      }
    try office.share.remove(path)
    try office.share.plantSparse(path, size: 1 << 40)
    expect(.damaged) { _ = try office.open() }
  }

  @Test(arguments: ["case", "keyring", "roster", "index"])
  func thousandsOfPlantedFilesAreIgnoredAndReported(place: String) throws {
    let count = place == "case" ? 100_000 : 20_000
    let folder =
      switch place {
      case "case": caseFolder
      case "keyring": "keyring/\(try office.epoch.text)"
      case "index": "index/\(office.manager.device.text)"
      default: place
      }
    let suffix = place == "case" ? "-\(record.name.suffix)" : ""
    for number in 0..<count {
      var name = [UInt8](repeating: 0, count: 32)
      for byte in 0..<4 { name[byte * 5] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
      try office.share.plant(
        named: Array("\(Identifier(name)!.text)\(suffix)".utf8), in: folder)
    }
    let clock = ContinuousClock()
    let took = try clock.measure { try expectGood() }
    #expect(took < .seconds(300))
    #expect(try office.open().findings.count >= (place == "roster" || place == "keyring" ? 1 : 0))
    #expect(try Check.run(office.open(), isDeep: false, repair: false).hasDamage)
  }

  /// Names that no program of ours gives, as bytes.
  private static let names: [[UInt8]] = [
    text("a\u{1b}[2Jb"), text("line\nbreak"), text("\r"), text("\u{202E}fdp.exe"),
    text("\u{200B}"), [0xff, 0xfe], [0xc3, 0x28], [0xed, 0xa0, 0x80],
    [UInt8](repeating: 0x78, count: 255), [UInt8](repeating: 0xff, count: 255), text(" "),
    text("Ünïcödé"), text("~$note.docx"), text("desktop.ini"), text("x.tmp"), text("-"),
  ]

  @Test func strangeNamesAreListedHarmlessly() throws {
    for folder in try folders() {
      try office.share.makeFolder(folder)
      for name in Self.names { try office.share.plant(named: name, in: folder) }
    }
    try expectGood()
    let findings = try office.deepFindings()
    #expect(findings.allSatisfy { $0.kind == .stranger })
    for folder in try folders() {
      let prefix = folder.isEmpty ? "" : "\(folder)/"
      #expect(
        findings.filter { $0.path.hasPrefix(prefix) }.count >= Self.names.count - 3,
        "\(folder)")
    }
    for finding in findings {
      #expect(
        finding.path.unicodeScalars.allSatisfy {
          $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        })
    }
  }

  @Test func emptyFoldersThatASyncLeftOutAreNotMissed() throws {
    let fresh = try Office()
    for name in ["requests", "cases", "index", "log", "shred", "enquiries", "tmp"] {
      try fresh.share.remove(name)
    }
    let id = try fresh.openCase()
    #expect(try fresh.open().caseFile(id).state.opened != nil)
  }

  @Test func filesInTmpNeverCount() throws {
    let before = try office.open().caseFile(caseID).state.entries.count
    for path in office.share.files() where !path.hasPrefix("tmp/") {
      try office.share.copy(path, to: "tmp/\(id().prefix(26))")
    }
    try expectGood()
    #expect(try office.open().caseFile(caseID).state.entries.count == before)
    // Somebody may be writing them.
    #expect(try office.deepFindings().isEmpty)
    for name in office.share.names("tmp") { try office.share.age("tmp/\(name)", byHours: 24_000) }
    #expect(try office.deepFindings().map(\.kind) == [.unfinished])
  }

  @Test func planterOfCaseFoldersIsFound() throws {
    let stranger = id()
    let planted = [
      "cases/readme", "cases/x/y", "cases/abc/d", "cases/\(stranger.prefix(2))/\(stranger)/f",
      "cases/zz/\(stranger)/f",
    ]
    for path in planted { try office.share.plant([1], at: path) }
    let findings = try office.deepFindings()
    #expect(findings.contains { $0.path == "cases/readme" && $0.kind == .stranger })
    #expect(findings.contains { $0.path == "cases/x" && $0.kind == .stranger })
    #expect(findings.contains { $0.path == "cases/abc" && $0.kind == .stranger })
    #expect(
      findings.contains {
        $0.path == "cases/\(stranger.prefix(2))/\(stranger)" && $0.kind == .missing
      })
  }
}
