import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What the next mount does with saves that were cut short, and with what only looks like one.
@Suite(.requiresLinux, .requiresFUSE) struct MountRecoveryTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// The spools of the home.
  private var spools: [String] {
    desk.home.files().filter { $0.contains("/spool/") && !$0.hasSuffix("/lock") }
  }

  /// A program writes, syncs, and the mount is killed before it closes.
  ///
  /// - Parameter body: in which `keep(file)` syncs a file and leaves it open.
  private func cutShort(_ mount: Mount, in folder: String, _ body: String) throws {
    let process = try mount.process()
    let running = try mount.start(
      "exec \(Desk.python) -c \"$@\"",
      [
        """
        import glob, os, sys, time
        kept = []
        def keep(it): it.flush(); os.fsync(it.fileno()); kept.append(it)
        \(body)
        open(sys.argv[1] + '/ready', 'w').close(); time.sleep(60)
        """, desk.files.path,
      ], in: folder)
    defer { running.stop() }
    let isReady = eventually { desk.files.exists("ready") }
    if !isReady { Issue.record("\((try? running.end(within: 100).errors) ?? "")") }
    kill(process, SIGKILL)
    #expect(eventually { isGone(process) })
    #expect(try eventually { try mount.facts() == nil })
    FUSE.unmount(mount.path)
    try desk.files.remove("ready")
  }

  private static let letter =
    "it = open('Notes/a.txt', 'w'); it.write('Heronbird ' * 9_000); keep(it)"

  /// What is recovered is of the client whose name the folder had last.
  @Test func whatWasCutShortInARenamedFolderIsOfItsLastName() throws {
    try desk.mounted { mount in
      try mount.shell("mkdir -p 'Open/New folder/Notes'").succeeded()
      try cutShort(
        mount, in: "Open",
        """
        it = open('New folder/Notes/a.txt', 'w'); it.write('words'); keep(it)
        os.rename('New folder', 'Sam Example')
        """)
    }
    try desk.mounted { mount in
      let names = try mount.shell("ls -1 Open").succeeded().lines
      #expect(names.count == 1 && names[0].hasSuffix(" Sam Example"), "\(names)")
      #expect(try mount.shell("cat Open/*/Notes/*").succeeded().output == "words")
    }
  }

  /// What of an error output is about saves.
  private func said(_ ended: Ended) -> [String] {
    ended.errors.split(separator: "\n").map(String.init).filter { $0.contains("save") }
  }

  private func first(_ ended: Ended) -> String { said(ended).first ?? "" }

  /// Without the bytes in the report: they are many.
  private func expect(_ nadia: MountedCase, _ file: String, is text: String) throws {
    let isSame = try nadia.read(file) == Array(text.utf8)
    #expect(isSame)
  }

  // MARK: What does not open

  enum Spoiling: CaseIterable {
    case damaged, forged, earlier, cut

    func spoil(_ bytes: inout [UInt8]) {
      switch self {
      case .damaged: bytes[1_000] ^= 1
      // Sealed by somebody who has no private key.
      case .forged: bytes.replaceSubrange(80..<2_200, with: randomBytes(2_120))
      // A box stood before the salt.
      case .earlier: bytes.replaceSubrange(80..<4_096, with: randomBytes(2_224) + zeros(1_792))
      case .cut: bytes = Array(bytes[..<2_000])
      }
    }
  }

  @Test(arguments: Spoiling.allCases)
  func whatDoesNotOpenIsSaidInOneLineAndStays(_ spoiling: Spoiling) throws {
    try desk.mountedCase { nadia in
      try cutShort(nadia.mount, in: "Open/\(nadia.name)", Self.letter)
      let spool = try spools.first.orThrow()
      try desk.home.alter(spool, spoiling.spoil)
      let bytes = try desk.home.read(spool)
      // The agent lives: the mount says it.
      let mounted = try nadia.mount.casevault("mount", nadia.mount.path)
      #expect(mounted.status == 0, "\(mounted.errors)")
      #expect(said(mounted).count == 1, "\(mounted.errors)")
      #expect(first(mounted).contains("warning: a save that was cut short does not open"))
      #expect(first(mounted).hasSuffix(spool))
      try nadia.shell("echo words >Notes/b.txt").succeeded()
      #expect(try nadia.names("Notes") == ["b.txt"])
      // `status` too, as soon as the agent was told.
      func troubles() throws -> [String] {
        try nadia.mount.facts().orThrow()["troubles"] as? [String] ?? []
      }
      #expect(try eventually { try troubles().count == 1 })
      #expect(try troubles().first?.contains("does not open") == true)
      // `unlock` says it, and as of everything that is damaged its code does too; it serves.
      try nadia.mount.casevault("lock").succeeded()
      let unlocked = try nadia.mount.casevault("unlock")
      #expect(unlocked.status == 14, "\(unlocked.errors)")
      #expect(said(unlocked) == said(mounted))
      try nadia.mount.casevault("lock").succeeded()
      // A mount that unlocks says it once.
      let both = try nadia.mount.casevault("mount", nadia.mount.path)
      #expect(both.status == 0 && said(both) == said(mounted), "\(both.errors)")
      try nadia.expect("Notes/b.txt", is: "words\n")
      #expect(try nadia.names("Notes") == ["b.txt"])
      #expect(try desk.home.read(spool) == bytes)
      // It is for the person to delete it.
      try desk.home.remove(spool)
      try nadia.mount.casevault("lock").succeeded()
      #expect(try said(nadia.mount.casevault("unlock").succeeded()).isEmpty)
    }
  }

  @Test func severalThatDoNotOpenAreOneLine() throws {
    try desk.mountedCase { nadia in
      try cutShort(nadia.mount, in: "Open/\(nadia.name)", Self.letter)
      let spool = try spools.first.orThrow()
      for index in 0..<20 { try desk.home.plant(randomBytes(5_000), at: "\(spool)\(index)") }
      let mounted = try nadia.mount.casevault("mount", nadia.mount.path).succeeded()
      let lines = said(mounted)
      #expect(lines.count == 2 && lines.contains { $0.contains("20 saves") }, "\(lines)")
      #expect(try nadia.names("Notes") == ["a (recovered).txt"])
      #expect(spools.count == 20)
    }
  }

  // MARK: Blocks and bases

  /// - Parameter offset: of a byte in the second block's slot, or nil to take the block away.
  @Test(arguments: [4_096 + 65_576 + 5, 4_096 + 65_576 + 100, nil])
  func aBlockThatDoesNotVerifyIsNotReplacedByAnother(_ offset: Int?) throws {
    try desk.mountedCase { nadia in
      try nadia.shell("head -c 200000 /dev/zero | tr '\\0' o >Notes/old.txt").succeeded()
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        "it = open('Notes/old.txt', 'r+'); it.write('Heronbird ' * 19_000); keep(it)")
      let spool = try spools.first.orThrow()
      let good = try desk.home.read(spool)
      try desk.home.alter(spool) { bytes in
        if let offset {
          bytes[offset] ^= 1
        } else {
          bytes.replaceSubrange(69_672..<69_672 + 24, with: zeros(24))
        }
      }
      let mounted = try nadia.mount.casevault("mount", nadia.mount.path)
      #expect(mounted.status == 0, "\(mounted.errors)")
      #expect(said(mounted).count == 1, "\(mounted.errors)")
      #expect(first(mounted).contains("could not be filed: what was kept of it is damaged"))
      #expect(first(mounted).contains("it stays until you delete"))
      #expect(first(mounted).hasSuffix(spool))
      #expect(try nadia.names("Notes") == ["old.txt"])
      #expect(desk.home.exists(spool))
      // As it was, it is filed.
      try desk.home.plant(good, at: spool)
      try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
      try nadia.mount.begin()
      #expect(try nadia.names("Notes") == ["old (recovered).txt", "old.txt"])
      let text =
        String(repeating: "Heronbird ", count: 19_000) + String(repeating: "o", count: 10_000)
      try expect(nadia, "Notes/old (recovered).txt", is: text)
      #expect(!desk.home.exists(spool))
    }
  }

  @Test(arguments: [true, false])
  func aBaseThatIsGoneMattersOnlyWhereItIsNeeded(isWhole: Bool) throws {
    try desk.mountedCase { nadia in
      try nadia.shell("head -c 200000 /dev/zero | tr '\\0' o >Notes/old.txt").succeeded()
      let record = try nadia.record(of: "Notes/old.txt")
      let count = isWhole ? 20_000 : 1_000
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        "it = open('Notes/old.txt', 'r+'); it.write('Heronbird ' * \(count)); keep(it)")
      let spool = try spools.first.orThrow()
      let path = try desk.vault.files("cases").first { $0.contains(record.prefix(20)) }.orThrow()
      let bytes = try desk.vault.read("cases/\(path)")
      try desk.vault.alter("cases/\(path)") { $0[100] ^= 1 }
      let mounted = try nadia.mount.casevault("mount", nadia.mount.path)
      #expect(mounted.status == 0, "\(mounted.errors)")
      if isWhole {
        #expect(try nadia.names("Notes").contains("old (recovered).txt"))
        try expect(
          nadia, "Notes/old (recovered).txt", is: String(repeating: "Heronbird ", count: count))
        #expect(!desk.home.exists(spool))
      } else {
        #expect(said(mounted).count == 1, "\(mounted.errors)")
        #expect(first(mounted).contains("the version that it changes cannot be read"))
        #expect(first(mounted).contains("the next mount tries again"))
        #expect(desk.home.exists(spool))
        // It comes back with the version.
        try desk.vault.plant(bytes, at: "cases/\(path)")
        try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
        try nadia.mount.begin()
        #expect(try nadia.names("Notes").contains("old (recovered).txt"))
        #expect(!desk.home.exists(spool))
      }
    }
  }

  /// What was cut off after the last sync does not come back as the base's.
  @Test func whatWasCutOffStaysCutOff() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("head -c 400000 /dev/zero | tr '\\0' o >Notes/old.txt").succeeded()
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        """
        it = open('Notes/old.txt', 'r+'); it.write('Heronbird ' * 40_000); keep(it)
        os.ftruncate(it.fileno(), 131_072)
        """)
      try nadia.mount.begin()
      try expect(
        nadia, "Notes/old (recovered).txt",
        is: String(String(repeating: "Heronbird ", count: 40_000).prefix(131_072)))
    }
  }

  // MARK: One recovers what another does not

  @Test func mountsThatBeginAtOnceFileEachSaveOnce() throws {
    try desk.mountedCase { nadia in
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        """
        for n in range(12):
          it = open(f'Notes/{n}.txt', 'w'); it.write(f'{n} ' * 99_000); keep(it)
        """)
      #expect(spools.count == 12)
      let others = (0..<3).map { desk.files.at("other-\($0)") }
      defer { for path in others { FUSE.unmount(path) } }
      let all = try (others + [nadia.mount.path]).map { path in
        try desk.launch([Desk.program(), "mount", path], limit: 60)
      }
      for running in all { #expect(try running.end().status == 0) }
      #expect(
        try eventually {
          try nadia.mount.facts() != nil && spools.isEmpty
        })
      let names = (0..<12).map { "\($0) (recovered).txt" }.sorted()
      #expect(try nadia.names("Notes").sorted() == names)
      for path in others { try nadia.mount.casevault("unmount", path).succeeded() }
    }
  }

  // MARK: Folders that became cases

  private func cases() throws -> [String] {
    try desk.casevault("case", "list", "--quiet").succeeded().lines
  }

  @Test func aSaveOfAFolderThatBecameACaseIsFiledThere() throws {
    try desk.mounted { mount in
      try mount.shell("mkdir 'Open/Sam Example'").succeeded()
      try cutShort(
        mount, in: "Open/Sam Example",
        "\(Self.letter)\nwith open('Notes/b.txt', 'w') as it: it.write('first')")
      #expect(try cases().count == 1)
      try mount.begin()
      #expect(try cases().count == 1)
      #expect(
        try mount.shell("ls Open/*/Notes").succeeded().lines == ["a (recovered).txt", "b.txt"])
      #expect(spools.isEmpty)
    }
  }

  @Test func savesOfOneFolderBecomeOneCase() throws {
    // Somebody of that name is a client already.
    _ = try desk.openCase("--client", "Sam Example")
    try desk.mounted { mount in
      try mount.shell("mkdir 'Open/Sam Example'").succeeded()
      try cutShort(
        mount, in: "Open/Sam Example",
        "\(Self.letter)\n" + Self.letter.replacing("a.txt", with: "b.txt"))
      #expect(try cases().count == 1)
      let mounted = try mount.casevault("mount", mount.path).succeeded()
      let after = try cases()
      #expect(after.count == 2, "\(mounted.errors) \(after)")
      #expect(
        try mount.shell("ls Open/*/Notes | grep txt").succeeded().lines
          == ["a (recovered).txt", "b (recovered).txt"])
    }
  }

  /// - Parameter isOwn: whether the folder itself became a case; its spools then know which.
  @Test(arguments: [true, false]) func whereSeveralCasesCouldBeMeantNoneIsTaken(isOwn: Bool) throws
  {
    try desk.mounted { mount in
      let others = ["one", "two"].map { desk.files.at($0) }
      defer { for path in others { FUSE.unmount(path) } }
      for path in others { try mount.casevault("mount", path).succeeded() }
      try mount.shell("mkdir 'Open/Sam Example'").succeeded()
      // The spool of the letter learns a moment later which case the folder became.
      let own = """
        def spools(): return [open(it, 'rb').read() for it in glob.glob('\(desk.home.path)/**/spool/**',
          recursive=True) if os.path.isfile(it) and not it.endswith('/lock')]
        before, end = spools(), time.monotonic() + 50
        with open('Notes/b.txt', 'w') as it: it.write('own')
        while spools() == before and time.monotonic() < end: time.sleep(0.01)
        """
      try cutShort(
        mount, in: "Open/Sam Example",
        """
        \(Self.letter)
        for path in \(others):
          os.mkdir(path + '/Open/Sam Example'); os.listdir(path + '/Open/Sam Example')
          with open(path + '/Open/Sam Example/Notes/b.txt', 'w') as it: it.write('other')
        \(isOwn ? own : "")
        """)
      let before = try cases().count
      #expect(before == (isOwn ? 3 : 2))
      let mounted = try mount.casevault("mount", mount.path).succeeded()
      #expect(try cases().count == before)
      if isOwn {
        let place = try mount.shell("cd \"$(dirname Open/*/Notes/a*)\" && cat b.txt").succeeded()
        #expect(place.output == "own")
        #expect(spools.isEmpty)
      } else {
        #expect(said(mounted).count == 1, "\(mounted.errors)")
        #expect(first(mounted).contains("several cases were opened under the name of its folder"))
        #expect(try !mount.shell("ls Open/*/Notes").succeeded().output.contains("recovered"))
        #expect(spools.count == 1)
      }
      for path in others { try mount.casevault("unmount", path).succeeded() }
    }
  }

  // MARK: The second reader

  @Test(.requires("python3")) func theSecondReaderReadsTheSame() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("head -c 200000 /dev/zero | tr '\\0' o >Notes/old.txt").succeeded()
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        """
        it = open('Notes/old.txt', 'r+'); it.seek(70_000); it.write('Heronbird'); keep(it)
        """)
    }
    let reader = Corpus.package.appendingPathComponent("Tools/read_vault.py").path
    let read = try desk.shell(
      """
      /usr/bin/python3 '\(reader)' vault --home home --spools -o out --passphrase-fd 3 3<passphrase
      """)
    guard !read.errors.contains("No module named 'nacl'") else { return }
    #expect(read.status == 0, "\(read.errors)")
    let spool = try spools.first.orThrow().split(separator: "/").suffix(2).joined(separator: "/")
    var text = [UInt8](repeating: UInt8(ascii: "o"), count: 200_000)
    text.replaceSubrange(70_000..<70_009, with: Array("Heronbird".utf8))
    let isSame = try desk.files.read("out/spool/\(spool)") == text
    #expect(isSame)
  }

  /// Who reads a spool reads what somebody wrote: it is in the log before anything is filed.
  @Test func aRecoveryIsAnEntryBeforeItsRecord() throws {
    try desk.mountedCase { nadia in
      try cutShort(nadia.mount, in: "Open/\(nadia.name)", Self.letter)
      try nadia.mount.begin()
      let record = try nadia.record(of: "Notes/a (recovered).txt")
      let shown = try desk.casevault("log", "show", "--json").succeeded().objects()
      let entries = shown.filter { $0["action"] as? String == "mount recover" }
      #expect(entries.map { $0["record"] as? String } == [nil, record], "\(entries)")
      let id = try desk.shown(nadia.reference)["id"] as? String
      #expect(entries.map { $0["case"] as? String } == [id, id])
    }
  }

  @Test func aMountThatOnlyReadsFilesNothing() throws {
    try desk.mountedCase { nadia in
      try cutShort(nadia.mount, in: "Open/\(nadia.name)", Self.letter)
      let files = desk.vault.files("cases")
      try nadia.mount.begin(["--read-only"])
      #expect(try nadia.names("Notes").isEmpty)
      #expect(desk.vault.files("cases") == files && spools.count == 1)
      try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
      try nadia.mount.begin()
      #expect(try nadia.names("Notes") == ["a (recovered).txt"])
    }
  }

  /// What only a program wanted is no record after a crash either.
  @Test func aTemporaryFileIsNotRecovered() throws {
    try desk.mountedCase { nadia in
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        Self.letter.replacing("a.txt", with: ".a.txt.swp"))
      #expect(spools.count == 1)
      let mounted = try nadia.mount.casevault("mount", nadia.mount.path).succeeded()
      #expect(said(mounted).isEmpty, "\(mounted.errors)")
      #expect(try nadia.names("Notes", all: true).isEmpty)
      #expect(spools.isEmpty)
    }
  }

  /// What was never synced is lost with the mount; that it is lost is said.
  @Test(arguments: ["it.write('more'); it.flush()", "it.truncate(5)"])
  func aSaveThatNothingWasKeptOfIsSaidOnce(_ change: String) throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf 'old words' >Notes/a.txt").succeeded()
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        "it = open('Notes/a.txt', 'r+'); \(change); kept.append(it)")
      try nadia.mount.casevault("lock").succeeded()
      let unlocked = try nadia.mount.casevault("unlock").succeeded()
      #expect(said(unlocked).count == 1, "\(unlocked.errors)")
      #expect(first(unlocked).contains("was cut short, and nothing of it was kept"))
      try nadia.mount.casevault("lock").succeeded()
      #expect(try said(nadia.mount.casevault("unlock").succeeded()).isEmpty)
      try nadia.mount.begin()
      try nadia.expect("Notes/a.txt", is: "old words")
      #expect(try nadia.names("Notes") == ["a.txt"])
    }
  }

  /// Where the blocks are gone there was something, and it is not given up as nothing.
  @Test(arguments: [true, false])
  func blocksThatAreAllGoneAreDamageAndNotNothing(isCut: Bool) throws {
    try desk.mountedCase { nadia in
      try cutShort(nadia.mount, in: "Open/\(nadia.name)", Self.letter)
      let spool = try spools.first.orThrow()
      try desk.home.alter(spool) { bytes in
        bytes = Array(bytes[..<4_096]) + (isCut ? [] : zeros(bytes.count - 4_096))
      }
      let mounted = try nadia.mount.casevault("mount", nadia.mount.path).succeeded()
      #expect(said(mounted).count == 1, "\(mounted.errors)")
      #expect(first(mounted).contains("could not be filed: what was kept of it is damaged"))
      try nadia.mount.casevault("lock").succeeded()
      let unlocked = try nadia.mount.casevault("unlock")
      #expect(!unlocked.errors.contains("nothing of it was kept"), "\(unlocked.errors)")
      #expect(desk.home.exists(spool))
    }
  }

  /// Of the block that a cut goes through only the front is filed: behind it, zeros.
  @Test func whatWasCutOffIsNotInThePaddingEither() throws {
    try desk.mountedCase { nadia in
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        """
        it = open('Notes/a.txt', 'w'); it.write('Heronbird ' * 40_000); keep(it)
        os.ftruncate(it.fileno(), 100_000)
        """)
      try nadia.mount.begin()
      try expect(
        nadia, "Notes/a (recovered).txt", is: String(repeating: "Heronbird ", count: 10_000))
      let checked = try nadia.mount.casevault("check", "--deep")
      #expect(checked.output.contains("Nothing is wrong."), "\(checked.output)")
    }
  }

  /// What was cut off the version that was opened stays away, though the file has grown since.
  @Test func whereAFileGrewAfterACutThereAreZeros() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("head -c 400000 /dev/zero | tr '\\0' o >Notes/old.txt").succeeded()
      try cutShort(
        nadia.mount, in: "Open/\(nadia.name)",
        """
        it = open('Notes/old.txt', 'r+'); it.truncate(100_000); it.truncate(390_000)
        it.seek(0); it.write('Heronbird'); keep(it)
        """)
      try nadia.mount.begin()
      try expect(
        nadia, "Notes/old (recovered).txt",
        is: "Heronbird" + String(repeating: "o", count: 99_991)
          + String(repeating: "\0", count: 290_000))
    }
  }
}

private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
private func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 1...255) } }
