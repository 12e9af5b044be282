import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// What the owner of the disk can do to a record without any key (FORMAT §4.8).
@Suite struct RecordDamageTests {
  let office: Office
  let caseID: Identifier
  init() throws {
    office = try Office()
    caseID = try office.openCase()
  }

  /// The parts of a record with three chunks and a padded end, by name.
  private static let regions: [(name: String, offset: @Sendable (RecordLayout) -> Int)] = [
    ("magic", { _ in 3 }), ("zero byte", { _ in 11 }), ("preamble's number", { _ in 12 }),
    ("vault", { _ in 16 }), ("case", { _ in 79 }), ("generation", { _ in 80 }),
    ("record", { _ in 112 }), ("salt", { _ in 150 }), ("commitment", { _ in 207 }),
    ("length of the JSON", { _ in 208 }), ("signature", { _ in 215 }),
    ("JSON", { _ in 300 }), ("padding of the manifest", { _ in 4000 }),
    ("tag of the manifest", { _ in 4095 }), ("first chunk", { _ in 4096 }),
    ("tag of the first chunk", { $0.chunkOffset(1) - 1 }),
    ("middle chunk", { $0.chunkOffset(1) + 30_000 }),
    ("last chunk", { $0.chunkOffset(2) }),
    ("padding", { $0.chunkOffset(2) + $0.chunkLength(2) - 1 }),
    ("tag of the last chunk", { $0.hashListOffset - 1 }),
    ("first hash", { $0.hashListOffset }),
    ("last hash", { $0.hashListOffset + $0.hashListLength - 1 }),
    ("tag of the hashes", { $0.fileSize - 1 }),
  ]

  @Test func flippedBitAnywhereIsDamage() throws {
    let record = try office.note(pattern(150_000), in: caseID)
    let other = try office.note([7], in: caseID)
    let layout = try RecordLayout(length: 150_000)
    #expect(layout.chunkCount == 3 && layout.paddedLength > 150_000)
    let path = office.path(record)
    let good = try office.share.read(path)
    for region in Self.regions {
      let offset = region.offset(layout)
      for bit in [0, 7] {
        try office.share.alter(path) { $0[offset] ^= 1 << bit }
        try expectDamaged(
          record, office, "\(region.name)", isFrontDamaged: offset < 4096)
        try office.share.plant(good, at: path)
      }
    }
    #expect(try office.content(of: record) == pattern(150_000))
    #expect(try office.content(of: other) == [7])
    #expect(try office.deepFindings().isEmpty)
  }

  /// FORMAT §1.3: no damage, and not read either.
  @Test(arguments: [8, 9, 10])
  func laterVersionSuiteOrTypeIsSaidToBeOne(offset: Int) throws {
    let record = try office.note([1], in: caseID)
    try office.share.alter(office.path(record)) { $0[offset] = 77 }
    var lent = 0
    let error = expect(.noVault) { try lend(record, office, &lent) }
    #expect(lent == 0)
    #expect(error?.message.contains("later casevault") == true)
  }

  @Test func fileOfAnotherTypeIsDamage() throws {
    let record = try office.note([1], in: caseID)
    try office.share.alter(office.path(record)) { $0[10] = 2 }
    try expectDamaged(record, office)
  }

  @Test func fileCutOffAnywhereIsDamage() throws {
    let record = try office.note(pattern(150_000), in: caseID)
    let path = office.path(record)
    let good = try office.share.read(path)
    let layout = try RecordLayout(length: 150_000)
    let lengths = [
      0, 1, 15, 16, 207, 208, 4095, 4096, 4097, layout.chunkOffset(1), layout.chunkOffset(2),
      layout.hashListOffset, layout.hashListOffset + 1, good.count - 16, good.count - 1,
    ]
    for length in lengths {
      try office.share.plant(Array(good[..<length]), at: path)
      try expectDamaged(record, office, "\(length)")
    }
  }

  @Test(arguments: [1, 16, 4096, 65_552])
  func bytesBehindTheEndAreDamage(count: Int) throws {
    let record = try office.note([1, 2, 3], in: caseID)
    try office.share.alter(office.path(record)) { $0 += [UInt8](repeating: 0, count: count) }
    try expectDamaged(record, office)
  }

  @Test(arguments: [0, 1, 2])
  func holeInPlaceOfAChunkIsDamage(index: Int) throws {
    let record = try office.note(pattern(150_000), in: caseID)
    let layout = try RecordLayout(length: 150_000)
    try office.share.alter(office.path(record)) { bytes in
      let start = layout.chunkOffset(index)
      for offset in start..<start + layout.chunkLength(index) + 16 { bytes[offset] = 0 }
    }
    try expectDamaged(record, office, isFrontDamaged: false)
  }

  @Test func holeInPlaceOfTheHashesOrOfAllIsDamage() throws {
    let record = try office.note(pattern(150_000), in: caseID)
    let layout = try RecordLayout(length: 150_000)
    let path = office.path(record)
    let good = try office.share.read(path)
    for start in [0, 208, 4096, layout.hashListOffset] {
      try office.share.plant(
        Array(good[..<start]) + [UInt8](repeating: 0, count: good.count - start), at: path)
      try expectDamaged(record, office, "\(start)", isFrontDamaged: start < 4096)
    }
  }

  @Test func swappedChunksAreDamage() throws {
    let record = try office.note(pattern(200_000), in: caseID)
    let layout = try RecordLayout(length: 200_000)
    try office.share.alter(office.path(record)) { bytes in
      let size = RecordLayout.chunkSize + RecordLayout.tagSize
      for offset in 0..<size {
        bytes.swapAt(layout.chunkOffset(0) + offset, layout.chunkOffset(1) + offset)
      }
    }
    try expectDamaged(record, office, isFrontDamaged: false)
  }

  @Test func swappedRecordsAreDamage() throws {
    let first = try office.note([1], in: caseID)
    let second = try office.note([2], in: caseID)
    let bytes = try office.share.read(office.path(first))
    try office.share.copy(office.path(second), to: office.path(first))
    try office.share.plant(bytes, at: office.path(second))
    try expectDamaged(first, office)
    try expectDamaged(second, office)
  }

  @Test func frontOfOneRecordBeforeTheContentOfAnotherIsDamage() throws {
    let first = try office.note([1], in: caseID)
    let second = try office.note([2], in: caseID)
    let front = try office.share.read(office.path(first))[..<4096]
    let rest = try office.share.read(office.path(second))[4096...]
    try office.share.plant(Array(front + rest), at: office.path(first))
    try expectDamaged(first, office, isFrontDamaged: false)
  }

  @Test func recordUnderAnotherIdIsDamage() throws {
    let record = try office.note([1], in: caseID)
    let id = Identifier(randomBytes(32))!
    let path = "\(CaseKey.folder(of: caseID))/\(id.text)-\(record.name.suffix)"
    try office.share.move(office.path(record), to: path)
    let vault = try office.open()
    let file = try vault.caseFile(caseID)
    #expect(file.state.entries.count == 1)
    expect(.damaged) { _ = try CaseView(file).record(named: id.text) }
    expect(.notFound) { _ = try CaseView(file).record(named: record.id.text) }
    #expect(try office.findings(.damaged).map(\.path) == [file.key.folder])
  }

  @Test func recordMovedToAnotherCaseIsNotShownThere() throws {
    let other = try office.openCase()
    let record = try office.note([1], in: caseID)
    let name = record.name.text
    // Under its own suffix it is a stranger there, under the other case's it is damaged.
    try office.share.copy(
      office.path(record), to: "\(CaseKey.folder(of: other))/\(name)")
    #expect(try office.findings(.stranger).map(\.path) == ["\(CaseKey.folder(of: other))/\(name)"])
    let suffix = try office.open().keyring.keys(of: other)[0].suffix
    try office.share.move(
      "\(CaseKey.folder(of: other))/\(name)",
      to: "\(CaseKey.folder(of: other))/\(record.id.text)-\(suffix)")
    let file = try office.open().caseFile(other)
    #expect(file.damaged.count == 1)
    #expect(file.state.entries.count == 1)
    #expect(try office.content(of: record) == [1])
  }

  @Test func recordUnderAnotherGenerationsNameIsAStranger() throws {
    let record = try office.note([1], in: caseID)
    let folder = CaseKey.folder(of: caseID)
    try office.share.move(office.path(record), to: "\(folder)/\(record.id.text)-abcdefghij")
    #expect(
      try office.findings(.stranger).map(\.path) == ["\(folder)/\(record.id.text)-abcdefghij"])
    let vault = try office.open()
    let file = try vault.caseFile(caseID)
    #expect(file.state.entries.count == 1)
    // Asked for by that name it is refused as well.
    expect(.damaged) {
      _ = try RecordReader.open(
        RecordName(record: record.id, suffix: "abcdefghij"), of: file.key, in: vault.vault)
    }
  }

  @Test func recordOfAnotherVaultIsDamage() throws {
    let other = try Office()
    let otherCase = try other.openCase()
    let foreign = try other.note([9], in: otherCase)
    let record = try office.note([1], in: caseID)
    try office.share.plant(try other.share.read(other.path(foreign)), at: office.path(record))
    try expectDamaged(record, office)
  }

  @Test(arguments: ["0", "-", "--", "a-b", "Thumbs.db", ".nfs0001", "x.sync-conflict-2026"])
  func otherNamesInACaseAreStrangers(name: String) throws {
    let path = "\(CaseKey.folder(of: caseID))/\(name)"
    try office.share.plant([1], at: path)
    #expect(try office.deepFindings().map(\.path) == [path])
    #expect(try office.findings(.stranger).count == 1)
  }

  @Test func recordsNameInCapitalsIsAStranger() throws {
    let record = try office.note([1], in: caseID)
    let folder = CaseKey.folder(of: caseID)
    try office.share.move(office.path(record), to: "\(folder)/\(record.name.text.uppercased())")
    #expect(try office.findings(.stranger).count == 1)
    #expect(try office.findings(.damaged).isEmpty)
  }

  @Test func damagedOpeningIsMissed() throws {
    let other = try office.openCase()
    let folder = CaseKey.folder(of: caseID)
    try office.share.alter("\(folder)/\(office.share.names(folder)[0])") { $0[5000] ^= 1 }
    #expect(try office.open().caseFile(caseID).state.opened == nil)
    #expect(try office.findings(.missing).map(\.path) == [folder])
    #expect(try office.open().caseFile(other).state.opened != nil)
  }
}
