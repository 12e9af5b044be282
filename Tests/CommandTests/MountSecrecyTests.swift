import Foundation
import TestSupport
import Testing

/// What a mounted vault leaves on disks: nothing that can be read.
@Suite(.requiresLinux, .requiresFUSE) struct MountSecrecyTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// Lists the files that hold a word, or have it in their name: everything on the desk,
  /// and what is newer than a file in the places where programs leave things. Not the
  /// insides of mounts, but that a mount covers nothing is looked at when it is gone.
  private static let search = """
    import os, stat, sys
    word, desk, newer = sys.argv[1], sys.argv[2], os.stat(sys.argv[3]).st_mtime - 1
    forms = [word.encode(code) for code in ('utf-8', 'utf-16-le', 'utf-16-be', 'utf-32-le')]
    def look(top, everything):
      device = os.stat(top).st_dev
      for folder, folders, names in os.walk(top):
        try: folders[:] = [f for f in folders if os.lstat(f'{folder}/{f}').st_dev == device]
        except OSError: folders[:] = []
        for name in names:
          path = f'{folder}/{name}'
          try:
            facts = os.lstat(path)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > 1 << 26: continue
            if not everything and (facts.st_mtime < newer or facts.st_uid != os.getuid()): continue
            with open(path, 'rb') as it: data = it.read()
          except OSError: continue
          if word in path or any(form in data for form in forms): print(path)
    look(desk, True)
    for top in ['/tmp', '/var/tmp', '/dev/shm']: look(top, False)
    """

  private func filesWith(_ word: String) throws -> [String] {
    let found = try desk.launch(
      [Desk.python, "-c", Self.search, word, desk.files.path, desk.files.at("passphrase")],
      limit: 120
    ).end().succeeded()
    return Array(Set(found.lines)).sorted()
  }

  private func expectNowhere(_ word: String) throws {
    let found = try filesWith(word)
    #expect(found == [], "\(found)")
  }

  /// A word that is nowhere else.
  private func marker() -> String { "Heronbird\(UInt64.random(in: 1 << 60...UInt64.max))" }

  @Test func theTestFindsWhatItLooksFor() throws {
    let word = marker()
    try desk.files.plant(Array("..\(word)..".utf8), at: "a/plain.txt")
    try desk.files.plant(
      word.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }, at: "a/wide.bin")
    try desk.files.plant([], at: "\(word).txt")
    let elsewhere = "/tmp/casevault-test-\(UUID().uuidString)"
    try Data(word.utf8).write(to: URL(fileURLWithPath: elsewhere))
    defer { try? FileManager.default.removeItem(atPath: elsewhere) }
    let expected = ["a/plain.txt", "a/wide.bin", "\(word).txt"].map(desk.files.at)
    #expect(try filesWith(word) == (expected + [elsewhere]).sorted())
  }

  /// The word is never on a disk before: it comes as an argument.
  @Test func noDiskHasAWordThatProgramsWroteInTheMount() throws {
    let word = marker()
    try desk.mountedCase { nadia in
      try nadia.shell("echo \"$1\" >Notes/a.txt; echo \"$1\" >\"Notes/$1.txt\"", word).succeeded()
      try nadia.shell("cat Notes/a.txt >Notes/b.txt; sed -i 's/^/x/' Notes/b.txt").succeeded()
      try nadia.shell("sort -o Notes/b.txt Notes/a.txt; cp Notes/b.txt Scans/c.bin").succeeded()
      try nadia.shell("printf %s \"$1\" | iconv -t UTF-16LE >Notes/wide.bin", word).succeeded()
      if Needs.finds("vim") {
        try nadia.shell(
          """
          vim -N -u NONE -i NONE -es --cmd 'set directory=. backup backupdir=.' \
          -c 'normal oand more' -c w -c preserve -c wq Notes/a.txt
          """
        ).succeeded()
      }
      let running = try nadia.startPython(
        """
        import mmap, os, sys, time
        word = sys.argv[1].encode()
        it = os.open('Notes/mapped.bin', os.O_CREAT | os.O_RDWR)
        os.ftruncate(it, 1_000_000); pages = mmap.mmap(it, 0)
        pages[0:len(word)] = word; pages.flush()
        big = open('Notes/.big.tmp', 'wb')
        for _ in range(200_000): big.write(word + b' ')
        big.flush(); os.fsync(big.fileno()); os.fsync(it)
        open('../../../ready', 'w').close()
        end = time.monotonic() + 100
        while not os.path.exists('../../../go') and time.monotonic() < end: time.sleep(0.01)
        os.rename('Notes/.big.tmp', 'Notes/big.txt'); big.close()
        """, [word], limit: 120)
      defer { running.stop() }
      #expect(eventually(within: 60) { desk.files.exists("ready") })
      // In the middle of it: files are open, and synced.
      try expectNowhere(word)
      try desk.files.plant([], at: "go")
      try running.end(within: 60).succeeded()
      for name in ["big.txt", "mapped.bin"] {
        // What a test reads lies on its own desk.
        try nadia.shell("grep -q -- \"$1\" Notes/\(name)", word).succeeded()
      }
      try expectNowhere(word)
    }
    try expectNowhere(word)
  }

  /// A program that was cut short leaves nothing to be read either.
  @Test(arguments: [SIGKILL, SIGTERM]) func aCrashLeavesNoWordOnADisk(_ signal: Int32) throws {
    let word = marker()
    try desk.mountedCase { nadia in
      let (agent, mount) = (try desk.agent(), try nadia.mount.process())
      let running = try nadia.startPython(
        """
        import os, sys, time
        it = open('Notes/a.txt', 'w'); it.write((sys.argv[1] + ' ') * 100_000); it.flush()
        os.fsync(it.fileno()); it.write(sys.argv[1] * 10_000); it.flush()
        open('../../../ready', 'w').close(); time.sleep(100)
        """, [word], limit: 120)
      defer { running.stop() }
      #expect(eventually { desk.files.exists("ready") })
      kill(mount, signal)
      kill(agent, signal)
      #expect(eventually { isGone(mount) && isGone(agent) })
      try expectNowhere(word)
    }
    try expectNowhere(word)
  }
}
