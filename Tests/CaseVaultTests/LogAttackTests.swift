import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// Every way to lie with the log that issue 3 names; each is found by everybody, without a key,
/// unless it lies in what is sealed.
@Suite struct LogAttackTests {
  let office: Office
  let ada: Colleague
  init() throws {
    office = try Office()
    ada = try office.admit()
    try office.log("one", "two", "three", as: ada)
    try office.log("four")
  }

  private func found(
    _ kind: Finding.Kind, _ words: String, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let findings = try office.streams().findings
    #expect(
      findings.contains { $0.kind == kind && $0.reason.contains(words) }, "\(findings)",
      sourceLocation: location)
    #expect(try office.deepFindings().contains { $0.kind == kind }, sourceLocation: location)
  }

  @Test func soundLogHasNoFindings() throws {
    let streams = try office.streams()
    #expect(streams.findings.isEmpty && streams.count == 4)
    #expect(streams.heads[ada.identity.device]?.next == 3)
    let (entries, findings) = try office.logged()
    #expect(findings.isEmpty)
    #expect(entries.map(\.body.action) == ["one", "two", "three", "four"])
    #expect(entries.map(\.sequence) == [0, 1, 2, 0])
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func flippedByteIsFound() throws {
    let path = try office.segments(of: ada.identity)[0].path
    try office.share.alter(path) { $0[400] ^= 1 }
    try found(.damaged, "edited")
    // Its witness misses it too.
    try found(.missing, "whole log")
  }

  @Test func editBySomebodyWhoSignsAgainIsFound() throws {
    try office.rewrite(ada.identity) { $0[1][100] ^= 1 }
    try found(.forged, "contradicts")
    #expect(try office.logged().findings.contains { $0.reason.contains("does not open") })
  }

  @Test func reorderingIsFound() throws {
    try office.rewrite(ada.identity) { $0.swapAt(0, 1) }
    try found(.forged, "contradicts")
    #expect(try office.logged().findings.count { $0.reason.contains("does not open") } == 3)
  }

  @Test func droppedEntryIsFound() throws {
    try office.rewrite(ada.identity) { $0.remove(at: 1) }
    try found(.missing, "lost its end")
  }

  @Test func droppedTailIsFound() throws {
    let (path, _) = try office.segments(of: ada.identity)[0]
    let before = try office.share.read(path)
    try office.log("five", as: ada)
    try office.log("six")
    try office.share.remove(office.folder(ofLog: ada.identity))
    try office.share.plant(before, at: path)
    try found(.missing, "lost its end")
  }

  @Test func droppedStreamIsFound() throws {
    try office.share.remove(office.folder(ofLog: ada.identity))
    try found(.missing, "whole log")
  }

  @Test func gapIsFound() throws {
    let membership = try office.membership(as: ada)
    for number in 0..<20 { try membership.log.enter(AccessEntry("many \(number)")) }
    try membership.log.ship()
    try membership.log.enter(AccessEntry("last"))
    try membership.log.ship()
    let segments = try office.segments(of: ada.identity)
      .sorted { $0.segment.head.sequence < $1.segment.head.sequence }
    #expect(segments.count == 2)
    try office.share.remove(segments[0].path)
    try found(.missing, "a gap: the entries 0 to 22")
    #expect(try office.streams().heads[ada.identity.device] == .start)
  }

  @Test func forkIsFound() throws {
    let path = try office.segments(of: ada.identity)[0].path
    try office.plantLog(
      [office.body("other", of: ada.identity)], by: ada.identity)
    try found(.forged, "a fork")
    // Both are shown.
    #expect(try office.logged().entries.count == 5)
    try office.share.remove(path)
    try found(.missing, "lost its end")
  }

  @Test func continuationOfAnotherChainIsAFork() throws {
    let point = LogPoint(next: 3, chain: Identifier(randomBytes(32))!)
    try office.plantLog([office.body("other", of: ada.identity)], by: ada.identity, at: point)
    try found(.forged, "a fork")
  }

  @Test func onlyTheDeviceItselfSignsItsLog() throws {
    let stranger = try office.strangersIdentity()
    let folder = office.folder(ofLog: ada.identity)
    let point = try office.streams().heads[ada.identity.device].orThrow()
    let body = office.body("other", of: ada.identity)
    for signer in [office.manager, stranger] {
      let path = try office.plantLog(
        [body], by: signer, at: point, as: ada.identity.device, in: folder)
      try found(.forged, "not signed by the device")
      try office.share.remove(path)
    }
    let other = Identifier(randomBytes(32))!
    let path = try office.plantLog([body], by: ada.identity, at: point, roster: other)
    try found(.forged, "not signed by the device")
    try office.share.remove(path)
    // Before she was admitted she was nobody.
    try office.plantLog([body], by: ada.identity, at: point, roster: office.vaultID)
    try found(.forged, "not signed by the device")
  }

  @Test func logOfAnotherVaultOrDeviceIsFound() throws {
    let body = office.body("other", of: ada.identity)
    let point = try office.streams().heads[ada.identity.device].orThrow()
    let path = try office.plantLog(
      [body], by: ada.identity, at: point, vault: Identifier(randomBytes(32))!)
    try found(.forged, "another vault")
    try office.share.remove(path)
    try office.plantLog(
      [body], by: ada.identity, at: point, in: office.folder(ofLog: office.manager))
    try found(.forged, "another vault or device")
  }

  @Test func contradictionBetweenChainsIsFound() throws {
    let lie = LogWitness(
      device: office.manager.device, point: LogPoint(next: 1, chain: Identifier(randomBytes(32))!))
    let point = try office.streams().heads[ada.identity.device].orThrow()
    try office.plantLog(
      [office.body("five", of: ada.identity)], by: ada.identity, at: point, witnesses: [lie])
    try found(.forged, "contradicts")
  }

  @Test func nobodyBearsWitnessOfThemselvesOrOfStrangers() throws {
    let point = try office.streams().heads[ada.identity.device].orThrow()
    for device in [ada.identity.device, Identifier(randomBytes(32))!] {
      let path = try office.plantLog(
        [office.body("five", of: ada.identity)], by: ada.identity, at: point,
        witnesses: [LogWitness(device: device, point: LogPoint(next: 1, chain: .zero))])
      try found(.forged, "bears witness")
      try office.share.remove(path)
    }
  }

  @Test func logSealedToSomebodyElseIsFound() throws {
    let point = try office.streams().heads[ada.identity.device].orThrow()
    try office.plantLog(
      [office.body("secret", of: ada.identity)], by: ada.identity, at: point,
      auditors: ada.identity.unlockPublic)
    try found(.forged, "somebody else than the auditors")
    #expect(
      try office.logged().findings.contains { $0.reason.contains("key does not open") })
  }

  @Test func entryInAnothersNameIsFoundByAuditors() throws {
    let point = try office.streams().heads[ada.identity.device].orThrow()
    try office.plantLog(
      [office.body("not me", of: office.manager)], by: ada.identity, at: point)
    #expect(try office.streams().findings.isEmpty)
    let (entries, findings) = try office.logged()
    #expect(findings.map(\.kind) == [.forged])
    #expect(!entries.contains { $0.body.action == "not me" })
  }

  @Test(arguments: [(-120, 0), (-121, 1)])
  func timesThatRunBackwardsAreNoted(_ seconds: Int, _ count: Int) throws {
    let point = try office.streams().heads[ada.identity.device].orThrow()
    let now = office.clock.now
    try office.plantLog(
      [
        office.body("now", of: ada.identity),
        office.body("before", of: ada.identity, time: Timestamp(seconds: now.seconds + seconds)),
      ], by: ada.identity, at: point)
    let findings = try office.logged().findings
    #expect(findings.count == count && findings.allSatisfy { $0.kind == .ahead })
  }

  @Test func rolledBackLogIsFoundByWhoSawMore() throws {
    // This home has seen it, though no other log bears witness.
    let path = try office.segments(of: ada.identity)[0].path
    let before = try office.share.read(path)
    try office.log("five", as: ada)
    let vault = try Vault(Folder(office.share.path))
    #expect(try LogStreams.read(vault, home: office.home).findings.isEmpty)
    try office.share.remove(office.folder(ofLog: ada.identity))
    try office.share.plant(before, at: path)
    #expect(try office.streams().findings.isEmpty)
    for _ in 0..<2 {
      // What was remembered stays.
      let findings = try LogStreams.read(vault, home: office.home).findings
      #expect(findings.map(\.kind) == [.missing])
      #expect(findings.first?.reason.contains("was rolled back") == true)
    }
    #expect(try office.home.logHeads(of: office.vaultID).points[ada.identity.device]?.next == 4)
  }

  @Test func segmentThatCameBackIsOneWithTheMergedOne() throws {
    let (path, _) = try office.segments(of: ada.identity)[0]
    let before = try office.share.read(path)
    try office.log("five", "six", as: ada)
    #expect(try office.segments(of: ada.identity).count == 1)
    try office.share.plant(before, at: path)
    #expect(try office.streams().findings.isEmpty)
    #expect(try office.logged().entries.count == 6)
  }

  @Test func strangersInTheLogAreListed() throws {
    try office.share.plant([1], at: "log/Thumbs.db")
    try office.share.plant([1], at: "log/\(Identifier(randomBytes(32))!.text)/x")
    try office.share.plant([1], at: "\(office.folder(ofLog: ada.identity))/Thumbs.db")
    let findings = try office.streams().findings
    #expect(findings.count == 3 && findings.allSatisfy { $0.kind == .stranger })
  }

  @Test func hostileFilesInTheLogAreFound() throws {
    let folder = office.folder(ofLog: ada.identity)
    let name = Identifier(randomBytes(32))!.text
    try office.share.plantSparse("\(folder)/\(name)", size: 300 << 20)
    try found(.damaged, "not a segment")
    try office.share.remove("\(folder)/\(name)")
    try office.share.plantPipe("\(folder)/\(name)")
    #expect(try office.streams().findings.map(\.kind) == [.stranger])
  }
}
