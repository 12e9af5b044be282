import CaseVault
import TestSupport
import Testing
import VaultFormat

/// How a person names a case or a record.
@Suite struct NamingTests {
  let office: Office
  init() throws { office = try Office() }

  private func name(_ typed: String) throws -> Identifier {
    let vault = try office.open()
    return try vault.index().caseID(named: typed, in: vault.keyring)
  }

  @Test func caseIsNamedByReferenceOrIdOrTheBeginningOfEither() throws {
    let reference = Reference(random: [7, 3, 26, 17, 9, 2, 21]).text
    let id = try office.openCase(Office.details("A", ["ref": .string(reference)]))
    for typed in [
      reference, reference.lowercased(), reference.replacing("-", with: ""),
      String(reference.prefix(5)), String(reference.prefix(7)), id.text, id.text.uppercased(),
      String(id.text.prefix(20)),
    ] {
      #expect(try name(typed) == id, "\(typed)")
    }
    expect(.notFound) { _ = try name("") }
    expect(.notFound) { _ = try name("nobody") }
    expect(.notFound) { _ = try name("\(id.text)a") }
    let mistyped = String(reference.dropLast()) + (reference.last == "0" ? "2" : "0")
    let error = expect(.notFound) { _ = try name(mistyped) }
    #expect(error?.message.contains("mistyped") == true)
  }

  /// One id in thirty-odd begins with what could be a reference.
  @Test func beginningOfAnIdThatLooksLikeAReferenceIsFound() throws {
    let vault = try office.open()
    for _ in 0..<2_000 {
      let filing = Filing(in: vault)
      let caseID = try filing.open(Office.details(), worked: vault.today()).opening.caseID
      let typed = String(caseID.text.prefix(8))
      guard case .whole = Reference.read(typed) else { continue }
      try filing.commit()
      #expect(try name(typed) == caseID)
      return
    }
    Issue.record("no such id")
  }

  @Test func twoCasesWithOneReferenceAreBothNamed() throws {
    let reference = JSON.string(Reference(random: [1, 2, 3, 4, 5, 6, 7]).text)
    let first = try office.openCase(Office.details("A", ["ref": reference]))
    let second = try office.openCase(Office.details("B", ["ref": reference]))
    let error = expect(.notFound) { _ = try name(reference.string!) }
    #expect(error?.message.contains(first.text.prefix(12)) == true)
    #expect(error?.message.contains(second.text.prefix(12)) == true)
    let fresh = try office.open().freshReference(office.open().index())
    #expect(fresh.text != reference.string)
  }

  @Test func recordIsNamedByItsIdOrTheBeginningOfIt() throws {
    let caseID = try office.openCase()
    let record = try office.note([1], in: caseID)
    let file = try office.open().caseFile(caseID)
    #expect(try CaseView(file).record(named: record.id.text).id == record.id)
    #expect(try CaseView(file).record(named: record.id.text.uppercased()).id == record.id)
    #expect(try CaseView(file).record(named: String(record.id.text.prefix(12))).id == record.id)
    expect(.notFound) { _ = try CaseView(file).record(named: "") }
    expect(.notFound) { _ = try CaseView(file).record(named: "0") }
  }

  @Test func messagesNameNoClient() throws {
    let id = try office.openCase(Office.details("Nadia Secret", ["topic": "Secret"]))
    let record = try office.note(text("Secret"), in: id)
    for path in office.share.files() where path != VaultDescriptor.fileName {
      let good = try office.share.read(path)
      try office.share.plant(good + [1], at: path)
      do {
        let vault = try office.open()
        let report = try Check.run(vault, isDeep: true, repair: false)
        for finding in report.findings {
          #expect(!"\(finding)".contains("Secret"))
        }
        _ = try office.content(of: record)
      } catch let error as VaultError {
        #expect(!error.message.contains("Secret"))
      }
      try office.share.plant(good, at: path)
    }
  }
}
