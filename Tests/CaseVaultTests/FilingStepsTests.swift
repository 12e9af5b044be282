import CaseVault
import Foundation
import Storage
import TestSupport
import Testing
import VaultFormat

/// What a filing asks of the share, and what is made up for when it ends half-way.
@Suite struct FilingStepsTests {
  /// A registrar that ends with the acknowledgement, as an agent that is killed right after it.
  private final class Hasty: Registrar {
    let registrar: VaultRegistrar
    private(set) var kept: [CaseFile] = []
    /// Writes rows once a record is prepared, and hears nothing after that.
    private let isDeaf: Bool

    init(_ vault: OpenVault) {
      registrar = VaultRegistrar(of: vault)
      isDeaf = false
    }

    init(deaf registrar: VaultRegistrar) {
      self.registrar = registrar
      isDeaf = true
    }

    func openCase(_ details: CaseDetails, worked: CivilDate) throws -> BegunRecord {
      try registrar.openCase(details, worked: worked)
    }
    func begin(_ proposal: RecordProposal, in caseID: Identifier) throws -> BegunRecord {
      try registrar.begin(proposal, in: caseID)
    }
    func revise(_ record: Identifier, to proposal: RecordProposal) throws {
      try registrar.revise(record, to: proposal)
    }
    func finish(_ record: Identifier, length: Int, root: Identifier) throws -> FinishedRecord {
      try registrar.finish(record, length: length, root: root)
    }
    func prepare(_ records: [Identifier]) throws {
      try registrar.prepare(records)
      if isDeaf { registrar.settle() }
    }
    func complete(_ records: [Identifier]) throws {
      if !isDeaf { kept = try registrar.acknowledge(records) }
    }
  }

  /// Files a note, whose row is not written yet.
  private func filed(in id: Identifier, _ vault: OpenVault) throws -> Hasty {
    let hasty = Hasty(vault)
    let filing = Filing(with: hasty, in: vault.folder)
    _ = try filing.add(note(10, vault), to: id)
    try filing.commit()
    return hasty
  }

  private func note(_ size: Int, _ vault: OpenVault) throws -> NewRecord {
    NewRecord(
      kind: RecordKind.note, title: "A call", mediaType: "text/plain", worked: try vault.today(),
      content: .bytes(Array(repeating: 7, count: size)))
  }

  @Test func whatWasAcknowledgedIsInTheIndexAfterACrash() throws {
    let office = try Office()
    let id = try office.openCase()
    let before = try #require(try office.openSeen().index()[id])
    let vault = try office.openSeen()
    let hasty = try filed(in: id, vault)
    #expect(hasty.registrar.isUnsettled)
    #expect(try office.openSeen().index()[id]?.recordCount == before.recordCount)
    let next = try office.openSeen()
    next.completeFilings()
    #expect(try next.index()[id]?.recordCount == before.recordCount + 1)
  }

  /// A client that says it has published what it has not.
  @Test func whatWasNotPublishedIsNeitherCountedNorMissed() throws {
    let office = try Office()
    let id = try office.openCase()
    let vault = try office.openSeen()
    let registrar = VaultRegistrar(of: vault)
    let begun = try registrar.begin(note(0, vault).proposal, in: id)
    let record = begun.header.record
    _ = try registrar.finish(record, length: 0, root: .zero)
    expect(.refused) { try registrar.complete([record]) }
    try registrar.prepare([record])
    try registrar.complete([record])
    let next = try office.openSeen()
    #expect(try next.index()[id]?.recordCount == 1)
    #expect(try next.caseFile(id).findings.isEmpty)
  }

  /// A file may get another name while its content comes.
  @Test func whatARecordTurnedOutToBeIsWhatItsManifestSays() throws {
    let office = try Office()
    let id = try office.openCase()
    let vault = try office.openSeen()
    let registrar = VaultRegistrar(of: vault)
    let begun = try registrar.begin(note(0, vault).proposal, in: id)
    func proposal(_ title: String, on day: CivilDate, kind: String = RecordKind.scan)
      -> RecordProposal
    {
      RecordProposal(kind: kind, title: title, mediaType: "text/html", worked: day)
    }
    let (record, today) = (begun.header.record, try vault.today())
    try registrar.revise(record, to: proposal("A letter", on: today))
    // What would not have been begun.
    let tomorrow = try #require(CivilDate("2999-01-01"))
    expect(.usage) { try registrar.revise(record, to: proposal("Later", on: tomorrow)) }
    expect(.refused) {
      try registrar.revise(record, to: proposal("New", on: today, kind: RecordKind.opening))
    }
    let manifest = try registrar.finish(record, length: 0, root: .zero).record.manifest
    #expect(manifest.title == "A letter" && manifest.kind == RecordKind.scan)
    #expect(manifest.mediaType == "text/html" && manifest.worked == today)
    // Nor what is signed already, or an opening: the case is folded with what that says.
    expect(.refused) { try registrar.revise(record, to: proposal("Again", on: today)) }
    let opening = try registrar.openCase(CaseDetails(["topic": "Housing"]), worked: today)
    expect(.refused) {
      try registrar.revise(opening.header.record, to: proposal("A letter", on: today))
    }
  }

  @Test func settlingLaterIsCompleting() throws {
    let office = try Office()
    let id = try office.openCase()
    let vault = try office.openSeen()
    let hasty = try filed(in: id, vault)
    hasty.registrar.settle()
    #expect(!hasty.registrar.isUnsettled)
    #expect(try office.openSeen().index()[id]?.recordCount == 2)
  }

  /// What an agent keeps of a case it has filed in is as good as a reading, until anything changes.
  @Test func whatWasFiledIsCurrentUntilTheFolderChanges() throws {
    let office = try Office()
    let id = try office.openCase()
    let vault = try office.openSeen()
    func file() throws -> CaseFile { try #require(filed(in: id, vault).kept.first) }
    let kept = try file()
    let read = try office.openSeen().caseFile(id)
    #expect(try vault.isCurrent(kept) && vault.isCurrent(read))
    #expect(kept.stamp == read.stamp && kept.state.heads == read.state.heads)
    #expect(kept.state.entries.map(\.record.id) == read.state.entries.map(\.record.id))
    // A record more, one less, a stranger.
    let other = try file()
    #expect(try !vault.isCurrent(kept) && vault.isCurrent(other))
    let path = try #require(other.state.entries.last).record.path
    let bytes = try office.share.read(path)
    try office.share.remove(path)
    #expect(try !vault.isCurrent(other))
    try office.share.plant(bytes, at: path)
    #expect(try vault.isCurrent(other))
    try office.share.plant([1], at: "\(CaseKey.folder(of: id))/Thumbs.db")
    #expect(try !vault.isCurrent(other))
  }

  /// What is half copied has the name that it will have when it is whole.
  @Test func aCaseWithADamagedRecordIsReadAgain() throws {
    let office = try Office()
    let id = try office.openCase()
    let record = try office.note([1, 2], in: id)
    let bytes = try office.share.read(record.path)
    try office.share.plant(Array(bytes.prefix(100)), at: record.path)
    let vault = try office.open()
    let damaged = try vault.caseFile(id)
    #expect(damaged.damaged.count == 1)
    #expect(try !vault.isCurrent(damaged))
    try office.share.plant(bytes, at: record.path)
    let whole = try vault.caseFile(id)
    #expect(try vault.isCurrent(whole) && !vault.isCurrent(damaged))
    #expect(whole.stamp != damaged.stamp)
  }

  /// A row that could not be written comes with the next one, of whatever case.
  @Test func whatCouldNotBeWrittenIsWrittenWithTheNext() throws {
    let office = try Office()
    let (first, second) = (try office.openCase(), try office.openCase())
    let vault = try office.openSeen()
    let hasty = Hasty(vault)
    let filing = Filing(with: hasty, in: vault.folder)
    _ = try filing.add(note(10, vault), to: first)
    try filing.commit()
    // Nobody can write a row in a file's place.
    try FileManager.default.moveItem(
      atPath: office.share.at("index"), toPath: office.share.at("away"))
    try office.share.plant([], at: "index")
    hasty.registrar.settle()
    #expect(vault.findings.map(\.kind).contains(.stale) && hasty.registrar.isUnsettled)
    try office.share.remove("index")
    try FileManager.default.moveItem(
      atPath: office.share.at("away"), toPath: office.share.at("index"))
    _ = try filing.add(note(10, vault), to: second)
    try filing.commit()
    hasty.registrar.settle()
    let index = try office.openSeen().index()
    #expect(index[first]?.recordCount == 2 && index[second]?.recordCount == 2)
    #expect(!hasty.registrar.isUnsettled)
  }

  /// A row that is written meanwhile does not take away the home's note of what is prepared.
  @Test(arguments: [true, false]) func whatIsPreparedWhileRowsAreWrittenIsNotForgotten(
    isClosed: Bool
  )
    throws
  {
    let office = try Office()
    let id = try office.openCase()
    let vault = try office.openSeen()
    let hasty = try filed(in: id, vault)
    // The next one is published, and nobody comes to say so.
    let next = Filing(with: Hasty(deaf: hasty.registrar), in: vault.folder)
    _ = try next.add(note(20, vault), to: id)
    try next.commit()
    #expect(try office.openSeen().index()[id]?.recordCount == 2)
    if isClosed { hasty.registrar.close() }
    let later = try office.openSeen()
    later.completeFilings()
    #expect(try later.index()[id]?.recordCount == 3)
  }

  /// The front is known last; a note is small enough to wait for it.
  @Test(arguments: [(10, 1), (100_000, 1), (600_000, 4)])
  func smallRecordIsOneWrite(size: Int, writes: Int) throws {
    let office = try Office()
    let id = try office.openCase()
    let faults = Faults(.none)
    let vault = try office.openSeen(faults: faults)
    let filing = Filing(in: vault)
    let record = try filing.add(note(size, vault), to: id)
    #expect(faults.trace.count { $0.hasPrefix("write tmp/") } == writes)
    try filing.commit()
    let file = try office.openSeen().caseFile(id)
    #expect(
      try vault.reader(of: record, in: file).content(atMost: 1 << 20)
        == Array(repeating: 7, count: size))
  }
}
