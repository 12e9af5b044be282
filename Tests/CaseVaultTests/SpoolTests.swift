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
      of: office.vaultID, device: office.manager.device, office.manager.freshShelf(),
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
    let opened = try office.membership().spool(name)
    return try Spool.resume(
      name, opened.description, key: opened.key.key, of: office.vaultID, in: office.home)
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
    #expect(first[..<112] == second[..<112])
    for range in [112..<136, 136..<2_200, 4_096..<4_120, 4_120..<69_672] {
      #expect(first[range] != second[range])
    }
    #expect(second[2_200..<4_096].allSatisfy { $0 == 0 })
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
    #expect(first[..<80] == second[..<80])
    #expect(first[80..<112] != second[80..<112])
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
      _ = try Spool.begin(description(name: String(repeating: "x", count: 256)), in: shelf)
    }
    // The longest, in the letters that take the most room.
    var longest = description(name: String(repeating: "\"", count: 255))
    longest.caseID = nil
    longest.folder = longest.name
    longest.length = 1 << 36
    _ = try Spool.begin(longest, in: shelf)
  }

  // MARK: A later process

  @Test func laterProcessGoesOn() throws {
    let described = SpoolDescription(
      caseID: Identifier(randomBytes(32)), folder: nil, kind: RecordKind.scan, name: "Brief.pdf",
      base: Identifier(randomBytes(32)), length: 2 * Self.size + 1, held: 3,
      began: office.clock.now)
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
    // It stays as long as something is in it.
    #expect(membership.leftSpools().count == 1 && home.exists("\(root)/\(name)"))
    membership.forget(try membership.leftSpools().first.orThrow())
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
      0, 8, 9, 10, 11, 12, 14, 16, 47, 48, 79, 80, 111, 112, 135, 136, 300, 2_183, 2_184, 2_199,
      2_200, 4_095,
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
    for size in [0, 15, 16, 111, 112, 2_199] {
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

  /// All that lies in the vault and in a home, and the public half of the device's key, make no spool.
  @Test func whoHasNoPrivateKeyCannotMakeOne() throws {
    let (vault, device) = (office.vaultID, office.manager.device)
    let process = try shelf().name
    let salt = Identifier(randomBytes(32)).orZero
    func forge(_ secret: borrowing SecretKey, under label: String, _ box: [UInt8] = []) throws {
      let front = SpoolHeader(vault: vault, device: device, salt: salt).bytes
      let nonce = randomBytes(24)
      let sealed = Envelope.seal(
        try SpoolHeader.padded(description: description().json),
        key: try secret.derive(Label("cv1.spool"), salt.bytes), nonce: nonce,
        data: SpoolHeader.descriptionData)
      // As it was before, the box of its key stood before the salt.
      let bytes = front[..<80] + box + front[80...] + nonce + sealed
      try office.home.state.replace(Array(bytes), at: "\(root)/\(process)/\(label)")
    }
    let random = try SecretKey.random()
    try forge(random, under: "random")
    let box = try Box.seal(
      random, to: office.manager.unlockPublic.inline,
      data: Array(SpoolHeader(vault: vault, device: device, salt: salt).bytes[..<80]))
    try forge(random, under: "boxed", box)
    let place = SpoolHeader.place(vault: vault, device: device, process: process)
    try forge(
      UnlockKey.random().secret.derive(Label("cv1.spool.own"), place), under: "another")
    try forge(
      SecretKey.filled { $0.copyBytes(from: office.manager.unlockPublic.bytes) }.derive(
        Label("cv1.spool.own"), place), under: "public")
    let left = try office.membership().leftSpools()
    #expect(left.count == 4)
    #expect(left.allSatisfy { $0.description == nil && !$0.hasContent })
    for spool in left { expect(.damaged) { _ = try office.membership().spool(spool.name) } }
    // Who holds it can, as FORMAT says.
    let own = try office.managerUnlock.key.derive(Label("cv1.spool.own"), place)
    try forge(own, under: "own")
    #expect(try office.membership().spool("\(process)/own").description == description())
  }

  @Test func aSpoolOfAnotherVaultDeviceOrFolderDoesNotOpen() throws {
    let other = Identifier(randomBytes(32)).orZero
    let (vault, device) = (office.vaultID, office.manager.device)
    let process = try shelf().name
    for (vault, device, named, opens) in [
      (vault, device, process, true), (other, device, process, false),
      (vault, other, process, false), (vault, device, try shelf().name, false),
    ] {
      let key = try office.managerUnlock.key.derive(
        Label("cv1.spool.own"),
        SpoolHeader.place(vault: vault, device: device, process: named))
      let header = SpoolHeader(vault: vault, device: device, salt: .zero)
      let nonce = randomBytes(24)
      let sealed = Envelope.seal(
        try SpoolHeader.padded(description: description().json),
        key: try key.derive(Label("cv1.spool"), Identifier.zero.bytes), nonce: nonce,
        data: SpoolHeader.descriptionData)
      try office.home.state.replace(
        header.bytes + nonce + sealed, at: "\(root)/\(process)/spool")
      let left = try office.membership().leftSpools()
      #expect(left.count == 1 && (left[0].description != nil) == opens)
    }
  }

  @Test func aSpoolThatWasMovedToAnotherFolderDoesNotOpen() throws {
    let name = try leave([block(0)])
    let other = try shelf().name
    try home.plant(try home.read("\(root)/\(name)"), at: "\(root)/\(other)/spool")
    expect(.damaged) { _ = try office.membership().spool("\(other)/spool") }
    for bad in ["spool", "\(name)/x", "../\(name)", "Other/spool", "/spool", ""] {
      expect(.damaged, "\(bad)") { _ = try office.membership().spool(bad) }
    }
  }

  /// The manager's identity with a second unlock key, which is newer than the first.
  private func renewed() throws -> Identity {
    let cost = try PassphraseCost(passes: 1, memory: 8 << 20)
    var file = IdentityFile(
      vault: office.vaultID, device: office.manager.device, member: office.manager.member,
      passes: cost.passes, memory: cost.memory, salt: randomBytes(16))
    var plaintext = try SecretBytes(zeroed: 100)
    try plaintext.place(UInt32(2), at: 0)
    try plaintext.place(office.manager.signing.seed, at: 4)
    try plaintext.place(SecretKey.random(), at: 36)
    try plaintext.place(office.managerUnlock.key, at: 68)
    let key = try SecretKey.stretched(from: try Office.passphrase(), salt: file.salt, cost: cost)
    file.commitment = Identifier(key.commitment(Label("cv1.ident.com"), file.parameters))
    file.nonce = randomBytes(24)
    file.sealed = Envelope.seal(
      plaintext, key: try key.derive(Label("cv1.identity")), nonce: file.nonce, data: file.data)
    return try Identity.open(file, with: Office.passphrase())
  }

  @Test func anUnlockKeyThatWasRenewedOpensItStill() throws {
    let name = try leave([block(0)])
    let renewed = try renewed()
    let opened = try office.membership(of: renewed).spool(name)
    #expect(opened.description.length == Self.size)
    // What begins now is of the newer key.
    let later = try Spool.begin(
      description(),
      in: SpoolShelf(
        of: office.vaultID, device: renewed.device, renewed.freshShelf(), in: office.home))
    _ = try office.membership(of: renewed).spool(later.name)
    expect(.damaged) { _ = try office.membership().spool(later.name) }
  }

  /// Where a block was taken away, the base's must not show.
  @Test func aBlockThatWasTakenAwayIsMissed() throws {
    let name = try leave([block(0), block(1), block(2)])
    let path = "\(root)/\(name)"
    let good = try home.read(path)
    for index in 0..<3 {
      try home.alter(path) { bytes in
        bytes.replaceSubrange(slot(index).prefix(24), with: Self.zeros[..<24])
      }
      expect(.damaged, "\(index)") { _ = try resume(name) }
      try home.plant(good, at: path)
    }
    try home.plant(Array(good[..<slot(2).lowerBound]), at: path)
    expect(.damaged) { _ = try resume(name) }
    try home.plant(Array(good[..<SpoolHeader.slotsOffset]), at: path)
    // That nothing is there is damage too, and no spool that held nothing.
    #expect(try office.membership().leftSpools().map(\.hasContent) == [true])
    expect(.damaged) { _ = try resume(name) }
    try home.plant(good, at: path)
    #expect(try take(2, resume(name)) == block(2))
  }

  /// What one process looks into, no other does until the first is done with it.
  @Test func oneLooksIntoAFolderAtATime() throws {
    let names = try Set([leave([block(0)]), leave([block(1)])])
    let one = try office.membership()
    let other = try office.membership()
    var looked = 0
    one.home.eachLeftShelf(of: office.vaultID) { shelf in
      looked += 1
      let meanwhile = other.leftSpools().map(\.name)
      #expect(!meanwhile.contains { $0.hasPrefix(shelf.name) })
      #expect(meanwhile.count == 1)
      #expect(one.spools(in: shelf.name).count == 1)
    }
    #expect(looked == 2)
    #expect(Set(other.leftSpools().map(\.name)) == names)
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
    for size in [0, 1, 288, 2_200, 70_000] {
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
      "began": .string(Office.noon), "case": JSON(Identifier.zero), "held": 1, "kind": "note",
      "length": 5, "name": "x",
    ]
    let read = try SpoolDescription(json: JSON.object(good).canonical)
    #expect(read.json == JSON.object(good).canonical)
    func expect(_ isRefused: Bool, _ change: (inout [String: JSON]) -> Void) {
      var members = good
      change(&members)
      let read = try? SpoolDescription(json: JSON.object(members).canonical)
      #expect((read == nil) == isRefused, "\(members)")
    }
    for name in ["began", "case", "held", "kind", "length", "name"] {
      expect(true) { $0[name] = nil }
      expect(true) { $0[name] = .array([]) }
    }
    expect(true) { $0["folder"] = "x" }
    expect(true) { $0["base"] = "x" }
    expect(false) { $0["base"] = JSON(Identifier.zero) }
    for length in [-1, 1 << 36 | 1, JSON.integers.upperBound, JSON.integers.lowerBound] {
      expect(true) { $0["length"] = .integer(length) }
    }
    for (length, held, isRefused) in [
      (0, 0, false), (0, 1, true), (1, -1, true), (65_536, 1, false), (65_536, 2, true),
      (1 << 36, 1 << 20, false), (1 << 36, 1 << 20 | 1, true),
    ] {
      expect(isRefused) { ($0["length"], $0["held"]) = (.integer(length), .integer(held)) }
    }
    for began in [
      "2026-11-22", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z",
      "2026-11-22T24:00:00Z", "", "now",
    ] {
      expect(true) { $0["began"] = .string(began) }
    }
    for kind in ["opening", "update", "withdrawal", "notes", "Note", "", "note "] {
      expect(true) { $0["kind"] = .string(kind) }
    }
    for kind in ["note", "mail", "scan"] { expect(false) { $0["kind"] = .string(kind) } }
    let bad = [
      "", ".", "..", "/", "a/b", "../a", "a\0", "a\n", "\u{85}", "\u{7f}",
      String(repeating: "x", count: 256), String(repeating: "é", count: 128),
    ]
    let sound = ["...", ".a", "a b", "Söğüt", "\\", String(repeating: "x", count: 255)]
    for (names, isRefused) in [(bad, true), (sound, false)] {
      for name in names {
        expect(isRefused) { $0["name"] = .string(name) }
        expect(isRefused) { ($0["folder"], $0["case"]) = (.string(name), nil) }
      }
    }
    expect(true) { ($0["folder"], $0["case"], $0["base"]) = ("x", nil, JSON(Identifier.zero)) }
    for temporary in [false, 1, "true"] as [JSON] { expect(true) { $0["temporary"] = temporary } }
    expect(false) { $0["temporary"] = true }
    // What a later program adds is no reason to lose a save.
    expect(false) { $0["later"] = 1 }
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

  /// Which case a folder that was to be one has become.
  @Test func aFolderIsTheCaseThatItWasOpenedAs() throws {
    let name = "Sam Example"
    let began = office.clock.now
    let vault = try office.open()
    func found(since moment: Timestamp, _ folder: String = name) throws -> [Identifier] {
      try office.open().cases(fromFolder: folder, since: moment).map(\.id)
    }
    #expect(try found(since: began).isEmpty)
    // Opened by a command, for somebody of that name: its first record is no file of a mount.
    let other = try office.openCase(CaseDetails(ofFolder: name), in: vault)
    #expect(try found(since: began).isEmpty)
    try office.note(text("words"), in: other, vault: vault)
    #expect(try found(since: began).isEmpty)
    // As a mount opens it.
    let one = try office.openCase(CaseDetails(ofFolder: name), in: vault)
    try office.file(.bytes(text("words")), in: one, details: ["file": "a.txt"], vault: vault)
    #expect(try found(since: began) == [one])
    #expect(try found(since: began, "Sam Examples").isEmpty)
    #expect(try found(since: Timestamp(seconds: began.seconds + 1)).isEmpty)
    // With more said of it, it was opened otherwise.
    let more = try office.openCase(
      CaseDetails(["client": ["name": .string(name)], "topic": "rent"]), in: vault)
    try office.file(.bytes(text("words")), in: more, details: ["file": "a.txt"], vault: vault)
    #expect(try found(since: began) == [one])
    let two = try office.openCase(CaseDetails(ofFolder: name), in: vault)
    try office.file(
      .bytes(text("words")), in: two, details: ["sitting": "aaaaaaaaaaaaaaaa"], vault: vault)
    #expect(try Set(found(since: began)) == [one, two])
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

extension Membership {
  /// The spools of processes that are gone.
  fileprivate func leftSpools() -> [LeftSpool] {
    var left: [LeftSpool] = []
    home.eachLeftShelf(of: vault.id) { left += spools(in: $0.name) }
    return left
  }

  fileprivate func forget(_ spool: LeftSpool) {
    home.eachLeftShelf(of: vault.id) { if spool.name.hasPrefix($0.name) { $0.forget(spool) } }
  }
}

extension Identifier? {
  fileprivate var orZero: Identifier { self ?? .zero }
}
