import CaseVault
import Sealing
import TestSupport
import Testing
import VaultFormat

/// A case's state is the same on every machine that has the same records.
@Suite struct FoldTests {
  private static let policy = Policy.initial
  private static let caseID = Identifier(randomBytes(32))!

  /// A record as it comes out of verification.
  private func record(
    _ number: UInt8, _ kind: String = RecordKind.note, worked: String = "2026-03-01",
    recorded: String = "2026-03-05T12:00:00Z", parents: [UInt8] = [], replaces: [UInt8] = [],
    details: [String: JSON] = [:], role: Role = .adviser
  ) -> Record {
    let manifest = Manifest(
      author: Base32.encode([UInt8](repeating: 1, count: 16)), device: Self.id(200), kind: kind,
      title: "\(number)", mediaType: "text/plain", details: details,
      worked: CivilDate(worked)!, recorded: Timestamp(recorded)!,
      parents: parents.map(Self.id), replaces: replaces.map(Self.id), roster: Self.id(201),
      random: [UInt8](repeating: number, count: 16))
    let member = Member(id: manifest.author, name: "A", role: role)
    return Record(
      id: Self.id(number), name: RecordName(record: Self.id(number), suffix: "aaaaaaaaaa"),
      caseID: Self.caseID, manifest: manifest, signature: [], author: member)
  }

  private static func id(_ number: UInt8) -> Identifier {
    Identifier([number] + [UInt8](repeating: 0, count: 31))!
  }

  private func fold(
    _ records: [Record], _ contents: [UInt8: CaseDetails] = [:], policy: Policy = policy
  ) -> CaseState {
    CaseState(
      caseID: Self.caseID, records: records,
      contents: Dictionary(uniqueKeysWithValues: contents.map { (Self.id($0), $1) }),
      policy: policy)
  }

  private func titles(_ state: CaseState) -> [String] {
    state.entries.map(\.record.manifest.title)
  }

  @Test func parentsComeFirstThenWorkDateThenId() {
    let records = [
      record(9, worked: "2026-01-01"), record(3, worked: "2026-02-01", parents: [9]),
      record(4, worked: "2026-01-15", parents: [9]), record(2, worked: "2026-01-15", parents: [9]),
      // Worked before its parents, and still behind them.
      record(1, worked: "2025-01-01", parents: [3, 2]),
    ]
    #expect(titles(fold(records)) == ["9", "2", "4", "3", "1"])
  }

  /// Two records name each other, which only a forger makes; what honest members
  /// built on them keeps its order, and the later word counts.
  @Test func circleOfParentsIsBrokenAndWhatIsBuiltOnItKeepsItsOrder() {
    let records = [
      record(1, RecordKind.opening, worked: "2026-01-01"),
      record(8, worked: "2026-01-03", parents: [7]), record(7, worked: "2026-01-02", parents: [8]),
      record(5, RecordKind.update, worked: "2026-01-04", parents: [1, 8]),
      record(3, RecordKind.update, worked: "2026-01-04", parents: [5]),
      record(4, RecordKind.update, worked: "2026-01-04", parents: [3]),
    ]
    let topics: [UInt8: CaseDetails] = [
      1: CaseDetails(["topic": "first"]), 5: CaseDetails(["topic": "second"]),
      3: CaseDetails(["topic": "third"]), 4: CaseDetails(["topic": "last"]),
    ]
    for records in [records, records.reversed()] {
      let state = fold(records, topics)
      #expect(titles(state) == ["1", "7", "8", "5", "3", "4"])
      #expect(state.details.topic == "last")
      #expect(
        state.findings.filter { $0.kind == .forged }.map(\.reason)
          == ["names a later record as its parent"])
    }
  }

  @Test func stateIsTheSameInWhateverOrderRecordsAreRead() {
    var records: [Record] = [record(1, RecordKind.opening, worked: "2026-01-01")]
    var contents: [UInt8: CaseDetails] = [1: CaseDetails(["topic": "first"])]
    for number in 2..<40 as Range<UInt8> {
      let isUpdate = number % 5 == 0
      records.append(
        record(
          number, isUpdate ? RecordKind.update : RecordKind.note,
          worked: "2026-0\(1 + number % 7)-11",
          parents: number % 3 == 0 ? [number - 1] : [number - 1, number / 2],
          replaces: number % 7 == 0 ? [number - 3] : []))
      if isUpdate { contents[number] = CaseDetails(["topic": .string("\(number)")]) }
    }
    let expected = fold(records, contents)
    for _ in 0..<50 {
      let state = fold(records.shuffled(), contents)
      #expect(titles(state) == titles(expected))
      #expect(state.details == expected.details)
      #expect(state.lastWork == expected.lastWork)
      #expect(state.heads == expected.heads)
      #expect(state.findings == expected.findings)
      #expect(state.entries.map(\.replacedBy) == expected.entries.map(\.replacedBy))
    }
  }

  @Test func amendmentsMadeApartAreBothKept() {
    let state = fold([
      record(1), record(2, parents: [1], replaces: [1]), record(3, parents: [1], replaces: [1]),
    ])
    #expect(state.entries[0].replacedBy == [Self.id(2), Self.id(3)])
    #expect(state.entries.map(\.isCurrent) == [false, true, true])
    #expect(state.heads == [Self.id(2), Self.id(3)])
  }

  @Test func withdrawalWithdrawsAndAmendmentAmends() {
    let state = fold([
      record(1), record(2), record(3, RecordKind.withdrawal, parents: [1, 2], replaces: [1]),
      record(4, parents: [3], replaces: [2]),
    ])
    #expect(state.entries[0].withdrawnBy == [Self.id(3)])
    #expect(state.entries[0].replacedBy.isEmpty)
    #expect(state.entries[1].replacedBy == [Self.id(4)])
    #expect(state.entries[1].withdrawnBy.isEmpty)
  }

  @Test func replacingWhatIsNotHereChangesNothing() {
    let state = fold([record(1), record(2, RecordKind.withdrawal, parents: [1], replaces: [77])])
    #expect(state.entries.allSatisfy { $0.isCurrent })
  }

  /// FORMAT §4.6: nothing is folded from a kind that is not known.
  @Test func unknownKindsAreShownAndFoldNothing() {
    let state = fold([
      record(1, worked: "2026-01-01"),
      record(2, "later-kind", worked: "2026-02-01", parents: [1], replaces: [1]),
    ])
    #expect(titles(state) == ["1", "2"])
    #expect(state.entries[0].isCurrent)
    #expect(state.lastWork == CivilDate("2026-01-01"))
  }

  @Test func updatesAreMergedInOrder() {
    let records = [
      record(1, RecordKind.opening),
      record(2, RecordKind.update, worked: "2026-03-02", parents: [1]),
      record(3, RecordKind.update, worked: "2026-03-03", parents: [1]),
      record(4, RecordKind.update, worked: "2026-03-01", parents: [2, 3]),
    ]
    let client: JSON = ["name": "Nadia", "emails": ["a@b"], "student_id": "s1"]
    let state = fold(
      records,
      [
        1: CaseDetails(["topic": "Housing", "client": client, "parties": ["Landlord"]]),
        2: CaseDetails(["topic": "Rent", "client": ["student_id": nil]]),
        3: CaseDetails(["topic": "Deposit", "client": ["name": "Nadia N."], "parties": nil]),
        4: CaseDetails(["channel": "phone", "later": ["x": 1]]),
      ])
    #expect(state.details.topic == "Deposit")
    #expect(state.details.clientName == "Nadia N.")
    #expect(state.details.studentID == nil)
    #expect(state.details.emails == ["a@b"])
    #expect(state.details.parties.isEmpty)
    #expect(state.details.channel == .phone)
    #expect(state.details.members["later"] == ["x": 1])
  }

  /// FORMAT §4.7: `ref` is the opening's.
  @Test func updateDoesNotChangeTheReference() {
    let first = Reference(random: [1, 2, 3, 4, 5, 6, 7])
    let second = Reference(random: [7, 6, 5, 4, 3, 2, 1])
    for change: JSON in [.string(second.text), nil] {
      let state = fold(
        [record(1, RecordKind.opening), record(2, RecordKind.update, parents: [1])],
        [1: CaseDetails(["ref": .string(first.text)]), 2: CaseDetails(["ref": change])])
      #expect(state.details.reference == first)
    }
  }

  @Test func secondOpeningIsIgnoredAndReported() {
    let state = fold(
      [record(1, RecordKind.opening), record(2, RecordKind.opening, parents: [1])],
      [1: CaseDetails(["topic": "a"]), 2: CaseDetails(["topic": "b"])])
    #expect(state.details.topic == "a")
    #expect(state.findings.map(\.kind) == [.forged])
  }

  @Test func missingParentsAreReported() {
    let state = fold([record(1, parents: [50, 51]), record(2, parents: [1])])
    #expect(titles(state) == ["1", "2"])
    #expect(state.findings.map(\.kind) == [.notYet, .notYet])
  }

  @Test func workDatedAfterItsRecordingIsNotCounted() {
    let state = fold([
      record(1, worked: "2026-01-01"),
      record(2, worked: "2026-03-06", recorded: "2026-03-05T23:59:59Z", parents: [1]),
    ])
    #expect(state.lastWork == CivilDate("2026-01-01"))
    #expect(state.findings.map(\.kind) == [.forged])
  }

  @Test func dayOfRecordingIsTheServicesDay() {
    // 00:30 on 1 August in London.
    let state = fold([
      record(1, worked: "2026-08-01", recorded: "2026-07-31T23:30:00Z")
    ])
    #expect(state.lastWork == CivilDate("2026-08-01"))
    #expect(state.expires == CivilDate("2033-08-01"))
  }

  @Test(
    arguments: [
      (RecordKind.note, [:], true), (RecordKind.opening, [:], true),
      (RecordKind.mail, ["direction": "sent"], true),
      (RecordKind.mail, ["direction": "received"], false), (RecordKind.mail, [:], false),
      (RecordKind.scan, [:], false), (RecordKind.update, [:], false),
      (RecordKind.withdrawal, [:], false), ("later-kind", [:], false),
    ] as [(String, [String: JSON], Bool)])
  func workIsWhatThePolicyLists(kind: String, details: [String: JSON], isWork: Bool) {
    let state = fold([record(1, kind, details: details)])
    #expect((state.lastWork != nil) == isWork)
  }

  @Test func withdrawnNoteIsNoWork() {
    let state = fold([
      record(1, worked: "2026-01-01"), record(2, worked: "2026-02-01", parents: [1]),
      record(3, RecordKind.withdrawal, worked: "2026-03-01", parents: [2], replaces: [2]),
    ])
    #expect(state.lastWork == CivilDate("2026-01-01"))
  }

  @Test func thousandRecordsInAChainFoldInTheirOrder() {
    var records: [Record] = []
    for number in 0..<250 as Range<UInt8> {
      records.append(record(number, parents: number == 0 ? [] : [number - 1]))
    }
    #expect(titles(fold(records.shuffled())) == (0..<250).map(String.init))
  }

  @Test func stateGrownRecordByRecordIsTheStateReadAnew() throws {
    let office = try Office()
    let caseID = try office.openCase()
    let vault = try office.open()
    let filing = Filing(in: vault)
    var last: Record?
    for number in 0..<10 {
      let replaces = number % 3 == 2 ? [last?.id].compactMap { $0 } : []
      last = try filing.add(
        NewRecord(
          kind: number % 4 == 3 ? RecordKind.withdrawal : RecordKind.note, title: "\(number)",
          mediaType: "text/plain", worked: CivilDate("2026-10-\(10 + number)")!,
          replaces: replaces, content: .bytes([])), to: caseID)
    }
    let update = try filing.update(caseID, CaseDetails(["topic": "Money"]), worked: vault.today())
    try filing.commit()
    let read = try office.open().caseFile(caseID)
    #expect(read.state.heads == [update.id])
    #expect(titles(read.state).dropFirst().dropLast() == (0..<10).map(String.init)[...])
    #expect(read.findings.isEmpty)
    // The row was made of the state as it grew.
    #expect(try office.open().index()[caseID] == read.row)
  }

  @Test func recordsOfTwoDevicesMadeApartAreBothShown() throws {
    let office = try Office()
    let caseID = try office.openCase()
    let ada = try office.admit()
    let here = try office.open()
    let there = try office.open(as: ada.identity, home: ada.home)
    let filings = try [here, there].map { vault in
      let filing = Filing(in: vault)
      _ = try filing.update(
        caseID, CaseDetails(["topic": .string(vault.member.name)]), worked: vault.today())
      return filing
    }
    let alone = try here.caseFile(caseID).row
    for filing in filings { try filing.commit() }
    let mine = try office.open().caseFile(caseID)
    let theirs = try office.open(as: ada.identity, home: ada.home).caseFile(caseID)
    #expect(mine.state.entries.count == 3)
    #expect(mine.state.heads.count == 2)
    #expect(mine.row == theirs.row)
    #expect(mine.row != alone)
    try office.note([], in: caseID)
    #expect(try office.open().caseFile(caseID).state.heads.count == 1)
  }
}
