import CaseVault
import Sealing
import TestSupport
import Testing
import VaultFormat

@Suite struct CheckTests {
  let office: Office
  let caseID: Identifier
  let record: Record
  init() throws {
    office = try Office()
    caseID = try office.openCase()
    record = try office.note(pattern(200_000), in: caseID)
  }

  private func check(isDeep: Bool = true) throws -> Check.Report {
    try Check.run(office.open(), isDeep: isDeep, repair: false)
  }

  @Test func soundVaultHasNoFindings() throws {
    var steps: [Int] = []
    let report = try Check.run(office.open(), isDeep: true, repair: false) { steps.append($0) }
    #expect(report.findings.isEmpty && !report.hasDamage)
    #expect(report.cases == 1 && report.records == 2)
    #expect(report.bytes == (try office.share.read(office.path(record)).count) + 8_256)
    #expect(steps == [1])
  }

  @Test func onlyDeepCheckFindsAFlippedLastChunk() throws {
    let layout = try RecordLayout(length: 200_000)
    try office.share.alter(office.path(record)) {
      $0[layout.chunkOffset(layout.chunkCount - 1) + 5] ^= 1
    }
    #expect(try !check(isDeep: false).hasDamage)
    let report = try check()
    #expect(report.findings.map(\.kind) == [.damaged])
    #expect(report.findings.map(\.path) == [office.path(record)])
    #expect(report.hasDamage)
  }

  @Test func missingRecordIsAGap() throws {
    let child = try office.note([1], in: caseID)
    try office.share.remove(office.path(record))
    let findings = try check().findings
    // The index knew it. The record that names it cannot tell whether it was ever here.
    #expect(findings.filter { $0.kind == .missing }.count == 1)
    let gap = try #require(findings.first { $0.kind == .notYet })
    #expect(gap.path == office.path(child))
    #expect(gap.reason.contains(record.id.text.prefix(10)))
  }

  @Test func missingCaseFolderIsAGap() throws {
    try office.share.remove(CaseKey.folder(of: caseID))
    let report = try check()
    #expect(report.findings.contains { $0.path == CaseKey.folder(of: caseID) })
  }

  @Test func datesAheadOfTheClockAreWarnedOf() throws {
    office.clock.set("2026-11-22T11:59:59Z")
    let report = try check()
    #expect(report.findings.map(\.kind) == [.ahead, .ahead])
    #expect(!report.hasDamage)
    office.clock.set("2030-01-01T00:00:00Z")
    #expect(try check().findings.isEmpty)
  }

  @Test func readersClockChangesNoState() throws {
    let before = try office.open().caseFile(caseID)
    office.clock.set("2001-01-01T00:00:00Z")
    let after = try office.open().caseFile(caseID)
    #expect(before.row == after.row)
  }

  @Test func keyWithoutRecordsIsUnfinished() throws {
    let new = try office.freshKey()
    try office.plant(
      [try office.wrap(new.key, caseID: new.caseID, generation: new.generation)],
      signedBy: office.manager)
    let report = try check()
    #expect(report.findings.map(\.kind) == [.unfinished])
    #expect(report.findings.map(\.path) == [CaseKey.folder(of: new.caseID)])
    #expect(!report.hasDamage)
  }

  @Test func strangersEverywhereAreListed() throws {
    let planted = [
      "Thumbs.db", "notes/x", "roster/Thumbs.db", "keyring/Thumbs.db",
      "keyring/\(try office.epoch.text)/Thumbs.db", "index/Thumbs.db",
      "index/\(office.manager.device.text)/Thumbs.db", "devices/Thumbs.db",
      "devices/\(office.manager.device.text)/Thumbs.db", "cases/Thumbs.db",
      "\(CaseKey.folder(of: caseID))/Thumbs.db", "shred/Thumbs.db", "shred/plan/Thumbs.db",
      "enquiries/Thumbs.db",
    ]
    for path in planted { try office.share.plant([1, 2], at: path) }
    let report = try check()
    #expect(report.findings.allSatisfy { $0.kind == .stranger })
    #expect(
      Set(report.findings.map(\.path))
        == Set(planted.map { $0 == "notes/x" ? "notes" : $0 }))
    #expect(!report.hasDamage)
  }

  @Test func fileInPlaceOfAFolderIsFound() throws {
    try office.share.remove("requests")
    try office.share.plant([1], at: "requests")
    #expect(try check().findings.map(\.path) == ["requests"])
  }

  @Test func findingsAreOrderedAndSaidOnce() throws {
    for name in ["b", "a", "c"] { try office.share.plant([1], at: name) }
    let vault = try office.open()
    _ = try vault.caseFile(caseID)
    let report = try Check.run(vault, isDeep: true, repair: false)
    #expect(report.findings.map(\.path) == ["a", "b", "c"])
  }
}
