import CaseVault
import Foundation
import Sealing
import Storage
import SystemPackage
import TestSupport
import Testing
import VaultFormat

/// What a program writes and no record holds yet (FORMAT §12).
@Suite struct SpoolTests {
  let office: Office
  init() throws { office = try Office() }

  private static let size = SpoolHeader.blockSize
  private static let zeros = [UInt8](repeating: 0, count: size)

  private var root: String { "\(office.vaultID.text)/spool" }
  private var home: Share { office.homeShare() }

  private func shelf(in home: Home? = nil) throws -> SpoolShelf {
    try SpoolShelf(
      of: office.vaultID, device: office.manager.device, unlockKey: office.manager.unlockPublic,
      in: home ?? office.home)
  }

  private func description(_ length: Int = 0, name: String = "Draft.txt") -> SpoolDescription {
    SpoolDescription(
      caseID: .zero, folder: nil, kind: RecordKind.note, name: name, base: nil, length: length,
      began: office.clock.now)
  }

  /// Made once: this is a debug build.
  private static let bytes = pattern(size + 256)
  private func block(_ seed: UInt8) -> [UInt8] {
    Array(Self.bytes[Int(seed)..<Int(seed) + Self.size])
  }

  private func put(_ bytes: [UInt8], at index: Int, _ spool: Spool) throws {
    try bytes.withUnsafeBytes { try spool.put($0, at: index) }
  }

  private func take(_ index: Int, _ spool: Spool) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: Self.size)
    try bytes.withUnsafeMutableBytes { try spool.take(index, into: $0) }
    return bytes
  }

  /// Expects that a block is refused, and that its memory is zero then.
  private func expectRefused(
    _ index: Int, _ spool: Spool, _ comment: Comment? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) {
    var bytes = [UInt8](repeating: 0xee, count: Self.size)
    expect(.damaged, comment, location) {
      try bytes.withUnsafeMutableBytes { try spool.take(index, into: $0) }
    }
    let isZero = isSame(bytes[...], Self.zeros[...])
    #expect(isZero, comment, sourceLocation: location)
  }

  /// A process writes blocks, syncs and is gone.
  ///
  /// - Returns: the spool's name among those of the vault.
  private func leave(
    _ blocks: [[UInt8]], _ described: SpoolDescription? = nil
  ) throws -> String {
    let shelf = try shelf()
    let described = described ?? description(blocks.count * Self.size)
    let spool = try Spool.begin(described, in: shelf)
    for (index, block) in blocks.enumerated() { try put(block, at: index, spool) }
    try spool.sync(described)
    return spool.name
  }

  private func resume(_ name: String) throws -> Spool {
    let (description, _, key) = try office.membership().spool(name)
    return try Spool.resume(
      name, key: key.key, length: description.length, of: office.vaultID, in: office.home)
  }

  private func slot(_ index: Int) -> Range<Int> {
    SpoolHeader.slotOffset(index)..<SpoolHeader.slotOffset(index) + SpoolHeader.slotSize
  }

  // MARK: One process

  @Test func whatWasPutIsTakenAgain() throws {
    let shelf = try shelf()
    let spool = try Spool.begin(description(), in: shelf)
    for index in [5, 0, 2] { try put(block(UInt8(index)), at: index, spool) }
    try put(block(77), at: 2, spool)
    #expect([0, 1, 2, 3, 5].map { spool.holds($0) } == [true, false, true, false, true])
    #expect(try take(0, spool) == block(0))
    #expect(try take(2, spool) == block(77))
    #expect(try take(5, spool) == block(5))
    // What nobody put is refused, within the file and behind its end.
    expectRefused(1, spool)
    expectRefused(9, spool)
  }

  @Test func severalThreadsPutAndTake() throws {
    let shelf = try shelf()
    let spool = try Spool.begin(description(), in: shelf)
    DispatchQueue.concurrentPerform(iterations: 8) { lane in
      for turn in 0..<5 {
        let bytes = [UInt8](repeating: UInt8(lane * 8 + turn), count: Self.size)
        try? put(bytes, at: lane, spool)
        if (try? take(lane, spool)) != bytes { Issue.record("\(lane)") }
      }
    }
    #expect((0..<8).allSatisfy { spool.holds($0) })
  }

  @Test func droppedBlocksAreGone() throws {
    let shelf = try shelf()
    let spool = try Spool.begin(description(), in: shelf)
    for index in 0..<4 { try put(block(UInt8(index)), at: index, spool) }
    try spool.drop(from: 2)
    #expect((0..<4).map { spool.holds($0) } == [true, true, false, false])
    #expect(try take(1, spool) == block(1))
    expectRefused(2, spool)
    // Also for a later process.
    let later = try resume(try keep(spool, 4 * Self.size))
    #expect((0..<4).map { later.holds($0) } == [true, true, false, false])
    try put(block(9), at: 2, spool)
    #expect(spool.holds(2) && !spool.holds(3))
    #expect(try take(2, spool) == block(9))
  }

  private func keep(_ spool: Spool, _ length: Int) throws -> String {
    try spool.sync(description(length))
    return spool.name
  }

  @Test func eachWritingHasANonceOfItsOwn() throws {
    let shelf = try shelf()
    let spool = try Spool.begin(description(), in: shelf)
    let path = "\(root)/\(spool.name)"
    try put(block(1), at: 0, spool)
    let first = try home.read(path)
    try put(block(1), at: 0, spool)
    try spool.describe(description())
    let second = try home.read(path)
    #expect(first.count == second.count)
    #expect(first[..<216] == second[..<216])
    for range in [216..<240, 240..<2_304, 4_096..<4_120, 4_120..<69_672] {
      #expect(first[range] != second[range])
    }
    #expect(second[2_304..<4_096].allSatisfy { $0 == 0 })
  }

  @Test func spoolsOfOneProcessHaveKeysOfTheirOwn() throws {
    let shelf = try shelf()
    let one = try Spool.begin(description(), in: shelf)
    let other = try Spool.begin(description(), in: shelf)
    try put(block(1), at: 0, one)
    try put(block(2), at: 0, other)
    let (first, second) = (
      try home.read("\(root)/\(one.name)"), try home.read("\(root)/\(other.name)")
    )
    #expect(first[80..<184] == second[80..<184])
    #expect(first[184..<216] != second[184..<216])
    try home.alter("\(root)/\(one.name)") { bytes in
      bytes.replaceSubrange(slot(0), with: second[slot(0)])
    }
    expectRefused(0, one)
  }

  // MARK: The file

  @Test func itLooksAsTheDocumentSays() throws {
    let name = try leave([block(0), block(1)])
    let bytes = try home.read("\(root)/\(name)")
    #expect(bytes.count == 4_096 + 2 * 65_576)
    #expect(bytes[..<8].elementsEqual([0x63, 0x61, 0x73, 0x65, 0x76, 0x6c, 0x74, 0x1a]))
    #expect(bytes[8..<16].elementsEqual([1, 1, 9, 0, 0, 0, 1, 0]))
    #expect(Array(bytes[16..<48]) == office.vaultID.bytes)
    #expect(Array(bytes[48..<80]) == office.manager.device.bytes)
    let parts = name.split(separator: "/")
    #expect(parts.count == 2 && parts.allSatisfy { Base32.decode(String($0))?.count == 15 })
    for path in [root, "\(root)/\(parts[0])", "\(root)/\(name)"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: home.at(path))
      #expect((attributes[.posixPermissions] as? Int ?? 0) & 0o077 == 0)
    }
  }

  @Test func nothingOfItIsReadable() throws {
    let needle = "Heronbird at Elm Street"
    let text = Array(needle.utf8)
    let bytes = (0..<Self.size).map { text[$0 % text.count] }
    let name = try leave(
      [bytes, bytes],
      SpoolDescription(
        caseID: nil, folder: needle, kind: RecordKind.note, name: needle, base: nil,
        length: 2 * Self.size, began: office.clock.now))
    let file = Data(try home.read("\(root)/\(name)"))
    for piece in [needle, "Heronbird", "folder", "length", RecordKind.note] {
      #expect(file.range(of: Data(piece.utf8)) == nil, "\(piece)")
    }
    #expect(file[4_096...].prefix(100) != file[(4_096 + 65_576)...].prefix(100))
    #expect(try office.membership().leftSpools().map(\.description?.folder) == [needle])
  }

  @Test func syncingMakesItsNameDurableOnce() throws {
    let faults = Faults(.none)
    let shelf = try shelf(in: office.home("home", faults: faults))
    let spool = try Spool.begin(description(), in: shelf)
    #expect(home.exists("\(root)/\(spool.name)"))
    try put(block(0), at: 0, spool)
    var before = faults.count
    try spool.sync(description(Self.size))
    let folder = "\(root)/\(spool.name.split(separator: "/")[0])"
    #expect(
      faults.trace.dropFirst(before) == [
        "write \(root)/\(spool.name)", "sync \(root)/\(spool.name)", "sync \(folder)",
      ])
    before = faults.count
    try spool.sync(description(Self.size))
    #expect(faults.trace.dropFirst(before).filter { $0.hasPrefix("sync") }.count == 1)
  }

  @Test func tooLongADescriptionIsRefused() throws {
    let shelf = try shelf()
    #expect(throws: FormatError.self) {
      _ = try Spool.begin(description(name: String(repeating: "x", count: 2_048)), in: shelf)
    }
    _ = try Spool.begin(description(name: String(repeating: "x", count: 1_800)), in: shelf)
  }

  // MARK: A later process

  @Test func laterProcessGoesOn() throws {
    let described = SpoolDescription(
      caseID: Identifier(randomBytes(32)), folder: nil, kind: RecordKind.scan, name: "Brief.pdf",
      base: Identifier(randomBytes(32)), length: 2 * Self.size + 1, began: office.clock.now)
    let name = try leave([block(0), block(1), block(2)], described)
    let left = try office.membership().leftSpools()
    #expect(left.map(\.name) == [name])
    #expect(left[0].description == described && left[0].hasContent)
    let spool = try resume(name)
    #expect(spool.name == name)
    for index in 0..<3 {
      #expect(spool.holds(index))
      #expect(try take(index, spool) == block(UInt8(index)))
    }
    try put(block(9), at: 1, spool)
    try spool.sync(description(Self.size))
    #expect(try take(1, resume(try keep(spool, 2 * Self.size))) == block(9))
    spool.remove()
    #expect(!home.exists("\(root)/\(name)"))
    #expect(try office.membership().leftSpools().isEmpty)
  }

  @Test func spoolThatHoldsNothingSaysSo() throws {
    _ = try leave([], description(0))
    _ = try leave([], description(5 * Self.size))
    let left = try office.membership().leftSpools()
    #expect(left.count == 2 && left.allSatisfy { !$0.hasContent && $0.description != nil })
  }

  @Test func whatLivesIsNotListedAsLeft() throws {
    var shelf: SpoolShelf? = try shelf()
    var spool: Spool? = try Spool.begin(description(Self.size), in: shelf.orThrow())
    try put(block(0), at: 0, spool.orThrow())
    try spool?.sync(description(Self.size))
    let name = try spool.orThrow().name
    let membership = try office.membership()
    #expect(membership.leftSpools().isEmpty)
    // What is written there may be read, and the folder stays.
    #expect(home.exists("\(root)/\(name)"))
    shelf?.close()
    #expect(home.exists("\(root)/\(name)"))
    spool = nil
    #expect(membership.leftSpools().isEmpty)
    shelf = nil
    #expect(membership.leftSpools().map(\.name) == [name])
  }

  @Test func emptyFoldersAreTakenAway() throws {
    let shelf = try shelf()
    let spool = try Spool.begin(description(), in: shelf)
    #expect(home.names(root).count == 1)
    spool.remove()
    spool.remove()
    shelf.close()
    #expect(home.names(root).isEmpty)
    let name = try leave([block(0)])
    let membership = try office.membership()
    membership.forget(try membership.leftSpools().first.orThrow())
    #expect(!home.exists("\(root)/\(name)") && home.names(root).count == 1)
    #expect(membership.leftSpools().isEmpty)
    #expect(home.names(root).isEmpty)
  }

  @Test func oneIsForgottenAndTheOthersStay() throws {
    let names = try [leave([block(0)]), leave([block(1)]), leave([block(2)])]
    let membership = try office.membership()
    let left = membership.leftSpools()
    #expect(Set(left.map(\.name)) == Set(names))
    membership.forget(try left.first { $0.name == names[1] }.orThrow())
    membership.forget(try left.first { $0.name == names[1] }.orThrow())
    #expect(Set(membership.leftSpools().map(\.name)) == [names[0], names[2]])
    #expect(try take(0, resume(names[2])) == block(2))
  }
}

extension SpoolTests {
  // MARK: Attacks

  @Test func blockThatWasAlteredIsRefused() throws {
    let spool = try resume(leave([block(0), block(1), block(2)]))
    let path = "\(root)/\(spool.name)"
    let good = try home.read(path)
    for offset in [0, 23, 24, 25, 30_000, 65_559, 65_560, 65_575] {
      var bad = good
      bad[slot(1).lowerBound + offset] ^= 1
      try home.plant(bad, at: path)
      expectRefused(1, spool, "\(offset)")
      #expect(try take(0, spool) == block(0))
      #expect(try take(2, spool) == block(2))
    }
    for size in [slot(2).upperBound - 1, slot(2).lowerBound + 24, slot(2).lowerBound, 4_096] {
      try home.plant(Array(good[..<size]), at: path)
      expectRefused(2, spool, "\(size)")
    }
  }

  @Test func blocksInAnotherPlaceOrOfAnotherTimeAreRefused() throws {
    let spool = try resume(leave([block(0), block(1)]))
    let path = "\(root)/\(spool.name)"
    let good = try home.read(path)
    try home.alter(path) { bytes in
      bytes.replaceSubrange(slot(0), with: good[slot(1)])
      bytes.replaceSubrange(slot(1), with: good[slot(0)])
    }
    expectRefused(0, spool)
    expectRefused(1, spool)
    let other = try home.read("\(root)/\(leave([block(0), block(1)]))")
    try home.alter(path) { $0.replaceSubrange(slot(0), with: other[slot(0)]) }
    expectRefused(0, spool)
  }

  @Test func frontThatWasAlteredSaysNothing() throws {
    let name = try leave([block(0)])
    let path = "\(root)/\(name)"
    let good = try home.read(path)
    let membership = try office.membership()
    let offsets = [
      0, 8, 9, 10, 11, 12, 14, 16, 47, 48, 79, 80, 111, 112, 135, 136, 183, 184, 215, 216, 239,
      240, 300, 2_287, 2_303,
    ]
    for offset in offsets {
      var bad = good
      bad[offset] ^= 1
      try home.plant(bad, at: path)
      expect(.damaged, "\(offset)") { _ = try membership.spool(name) }
      let left = membership.leftSpools()
      #expect(left.map(\.name) == [name], "\(offset)")
      #expect(left.first?.description == nil && left.first?.hasContent == false, "\(offset)")
    }
    for size in [0, 15, 16, 215, 216, 2_303] {
      try home.plant(Array(good[..<size]), at: path)
      expect(.damaged, "\(size)") { _ = try membership.spool(name) }
    }
    try home.plant(good, at: path)
    #expect(membership.leftSpools().first?.description != nil)
  }

  @Test func anotherDeviceCannotOpenIt() throws {
    let ada = try office.admit()
    let name = try leave([block(0)])
    let bytes = try home.read("\(root)/\(name)")
    let process = String(name.split(separator: "/")[0])
    // In whose home it lies makes no difference.
    let hers = try office.membership(as: ada)
    for folder in ["one", "two"] {
      var planted = bytes
      if folder == "two" { planted.replaceSubrange(48..<80, with: ada.identity.device.bytes) }
      try ada.home.state.replace(planted, at: "\(root)/\(process)/\(folder)")
    }
    #expect(Set(hers.leftSpools().map(\.name)) == ["\(process)/one", "\(process)/two"])
    #expect(hers.leftSpools().allSatisfy { $0.description == nil })
    for file in ["one", "two"] {
      expect(.damaged) { _ = try hers.spool("\(process)/\(file)") }
    }
  }

  /// Anybody can seal to a device's unlock key: what the header says must be this vault's and
  /// this device's all the same.
  @Test func spoolOfAnotherVaultOrDeviceIsRefusedThoughItsBoxOpens() throws {
    let other = Identifier(randomBytes(32)).orZero
    let (vault, device) = (office.vaultID, office.manager.device)
    for (vault, device, opens) in [
      (vault, device, true), (other, device, false), (vault, other, false),
    ] {
      let process = try SecretKey.random()
      let box = try Box.seal(
        process, to: office.manager.unlockPublic.inline,
        data: SpoolHeader.front(vault: vault, device: device))
      let header = SpoolHeader(vault: vault, device: device, box: box, salt: .zero)
      let nonce = randomBytes(24)
      let sealed = Envelope.seal(
        try SpoolHeader.padded(description: description().json),
        key: try process.derive(Label("cv1.spool"), Identifier.zero.bytes), nonce: nonce,
        data: SpoolHeader.descriptionData)
      try office.home.state.replace(header.bytes + nonce + sealed, at: "\(root)/planted/spool")
      let left = try office.membership().leftSpools()
      #expect(left.count == 1 && (left[0].description != nil) == opens)
    }
  }

  @Test func whatIsPlantedBesideThemDoesNoHarm() throws {
    let name = try leave([block(0)])
    let process = "\(root)/\(name.split(separator: "/")[0])"
    try home.makeFolder("outside")
    try home.plant(try home.read("\(root)/\(name)"), at: "outside/spool")
    try home.plantPipe("\(process)/pipe")
    try home.plantLink("\(process)/link", to: home.at("outside/spool"))
    try home.makeFolder("\(process)/folder/deeper")
    try home.plantSparse("\(process)/giant", size: 1 << 42)
    for size in [0, 1, 288, 2_304, 70_000] {
      try home.plant(randomBytes(size), at: "\(process)/garbage-\(size)")
    }
    try home.plant(named: [0xff, 0xfe, 0x0a], in: process)
    try home.plantLink("\(root)/link", to: home.at("outside"))
    try home.plantPipe("\(root)/pipe")
    try home.plant([1, 2, 3], at: "\(root)/file")
    try home.plant([], at: "\(root)/empty/lock")
    for folder in ["piped", "linked"] { try home.makeFolder("\(root)/\(folder)") }
    try home.plantPipe("\(root)/piped/lock")
    try home.plantLink("\(root)/linked/lock", to: home.at("outside/lock"))
    let before = Set(home.everything())
    let membership = try office.membership()
    let left = membership.leftSpools()
    #expect(left.filter { $0.description != nil }.map(\.name) == [name])
    #expect(Set(left.map { $0.name.split(separator: "/")[0] }).count == 1)
    #expect(!left.contains { $0.name.hasSuffix("/link") || $0.name.hasSuffix("/pipe") })
    for spool in left where spool.description == nil { membership.forget(spool) }
    #expect(try take(0, resume(name)) == block(0))
    let gone = before.subtracting(home.everything())
    // Folders of no spool go, whatever their lock is.
    for path in gone where !path.hasPrefix("\(process)/g") {
      #expect(["empty", "piped"].contains { path.hasPrefix("\(root)/\($0)") }, "\(path)")
    }
    #expect(home.exists("outside/spool") && !home.exists("outside/lock"))
    #expect(home.exists("\(process)/pipe") && home.exists("\(process)/folder/deeper"))
  }

  /// A description that says 64 GiB, of a file that has none of it.
  @Test func hugeLengthCostsLittle() throws {
    _ = try leave([], description(1 << 36))
    let clock = ContinuousClock()
    let time = try clock.measure {
      let left = try office.membership().leftSpools()
      #expect(left.map(\.hasContent) == [false])
    }
    #expect(time < .seconds(60))
  }

  @Test func descriptionsThatAreNotAsTheyMustBeAreRefused() throws {
    let good: [String: JSON] = [
      "began": .string(Office.noon), "case": JSON(Identifier.zero), "kind": "note",
      "length": 5, "name": "x",
    ]
    let read = try SpoolDescription(json: JSON.object(good).canonical)
    #expect(read.json == JSON.object(good).canonical)
    func expectRefused(_ change: (inout [String: JSON]) -> Void) {
      var members = good
      change(&members)
      #expect(throws: FormatError.self, "\(members)") {
        _ = try SpoolDescription(json: JSON.object(members).canonical)
      }
    }
    for name in ["began", "case", "kind", "length", "name"] {
      expectRefused { $0[name] = nil }
      expectRefused { $0[name] = .array([]) }
    }
    expectRefused { $0["folder"] = "x" }
    expectRefused { $0["base"] = "x" }
    expectRefused { $0["length"] = -1 }
    expectRefused { $0["length"] = .integer(1 << 36 | 1) }
    expectRefused { $0["began"] = "2026-11-22" }
    for bytes in [[], text("[]"), text("{}"), JSON.object(good).canonical + text(" ")] {
      #expect(throws: FormatError.self) { _ = try SpoolDescription(json: bytes) }
    }
    let padded = try SpoolHeader.padded(description: text("{}"))
    #expect(padded.count == 2_048)
    #expect(try SpoolHeader.description(in: padded) == text("{}"))
    for (offset, byte) in [(0, 1), (0, 3), (2, 1), (6, 1), (2_047, 1)] as [(Int, UInt8)] {
      var bad = padded
      bad[offset] = byte
      if offset == 0 && byte == 3 {
        // One zero more: no JSON then.
        #expect(try SpoolHeader.description(in: bad) == text("{}\0"))
        continue
      }
      #expect(throws: FormatError.self, "\(offset)") {
        _ = try SpoolHeader.description(in: bad)
      }
    }
    #expect(throws: FormatError.self) { _ = try SpoolHeader.description(in: padded + [0]) }
    #expect(throws: FormatError.self) {
      _ = try SpoolHeader.description(in: Array(padded.dropLast()))
    }
  }

  @Test func eachFaultIsThrownAndHarmsNoSpoolThatIsThere() throws {
    let name = try leave([block(0)])
    for plan in [Faults.Plan.fail(nth: 0, .noSpace), .tornWrite(nth: 0)] {
      for nth in 1..<40 {
        let faults =
          switch plan {
          case .fail(_, let errno): Faults(.fail(nth: nth, errno))
          default: Faults(.tornWrite(nth: nth))
          }
        let outcome = Result {
          let shelf = try shelf(in: office.home("home", faults: faults))
          let spool = try Spool.begin(description(Self.size), in: shelf)
          try put(block(1), at: 0, spool)
          try spool.sync(description(Self.size))
        }
        guard faults.struck else {
          try outcome.get()
          #expect(nth > 4)
          break
        }
        #expect(throws: (any Error).self) { try outcome.get() }
        let left = try office.membership().leftSpools()
        #expect(left.contains { $0.name == name && $0.description != nil })
        for spool in left where spool.name != name { try office.membership().forget(spool) }
      }
    }
    #expect(try take(0, resume(name)) == block(0))
  }
}

extension Identifier? {
  fileprivate var orZero: Identifier { self ?? .zero }
}
