import Foundation
import TestSupport
import Testing

/// What programs write into a mounted vault, and what becomes of it.
@Suite(.requiresLinux, .requiresFUSE) struct MountWritingTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  @Test func aFileThatIsCopiedInIsARecordOfItsFoldersKind() throws {
    try desk.mountedCase { nadia in
      let sizes = ["Notes": 0, "Correspondence": 4_097, "Scans": 300_001]
      for (folder, size) in sizes {
        try desk.files.plant(someBytes(size), at: "\(folder).bin")
        try nadia.shell("cp \"../../../$1.bin\" \"$1/in.bin\"", folder).succeeded()
        try nadia.expect("\(folder)/in.bin", is: someBytes(size))
      }
      let current = try nadia.current()
      #expect(current.map(\.kind).sorted() == ["mail", "note", "scan"])
      #expect(current.allSatisfy { $0.file == "in.bin" || $0.title == "in.bin" })
    }
  }

  @Test func eachRedirectionIsOneVersion() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo one >Notes/a.txt").succeeded()
      #expect(try nadia.versions().count == 1)
      try nadia.expect("Notes/a.txt", is: "one\n")
      try nadia.shell("echo two >Notes/a.txt").succeeded()
      try nadia.shell("echo three >>Notes/a.txt").succeeded()
      try nadia.expect("Notes/a.txt", is: "two\nthree\n")
      let versions = try nadia.versions()
      #expect(versions.count == 3)
      #expect(versions.filter(\.isCurrent).count == 1)
      #expect(versions.filter { $0.replaces.count == 1 }.count == 2)
      try nadia.shell(": >Notes/a.txt").succeeded()
      try nadia.expect("Notes/a.txt", is: [])
      #expect(try nadia.versions().count == 4)
    }
  }

  @Test func aCloseWithNothingNewMakesNothing() throws {
    let lines = [
      ": >>Notes/a.txt", "cat Notes/a.txt", "touch Notes/a.txt", "cp Notes/a.txt ../../../out",
      "\(Desk.python) -c 'open(\"Notes/a.txt\", \"r+\").close()'", "chmod 644 Notes/a.txt",
      "exec 3<>Notes/a.txt; sync Notes/a.txt; sh -c :",
    ]
    try desk.mountedCase { nadia in
      try nadia.shell("echo one >Notes/a.txt").succeeded()
      let files = desk.vault.files("cases").count
      for line in lines {
        try nadia.shell(line).succeeded()
        #expect(try nadia.versions().count == 1, "\(line)")
        #expect(desk.vault.files("cases").count == files, "\(line)")
      }
      try nadia.expect("Notes/a.txt", is: "one\n")
    }
  }

  /// Steps of programs, each done in the mount and in an ordinary folder.
  private static let steps = [
    "with open(f, 'r+b') as it: it.seek(100_000); it.write(b'in the middle')",
    "with open(f, 'r+b') as it: it.read(10); it.seek(5); it.write(b'x'); it.truncate(70_000)",
    "with open(f, 'r+b') as it: it.truncate(0); it.write(b'all new')",
    "with open(f, 'r+b') as it: it.truncate(500_000)",
    "os.truncate(f, 3)", "os.truncate(f, 0)", "os.truncate(f, 1_000_000)",
    "with open(f, 'ab') as it: it.write(b'a' * 5_000); it.flush(); it.write(b'b')",
    "with open(f, 'r+b') as it: it.seek(1_000_000); it.write(b'behind a hole')",
    "with open(f, 'wb') as it: it.seek(70_000); it.write(b'behind a hole')",
    "with open(f, 'r+b', 0) as it: [it.write(bytes([n])) for n in range(256)]",
    "it = os.open(f, os.O_RDWR); os.pwrite(it, b'z' * 65_536, 65_535); os.fsync(it); os.close(it)",
    "it = os.open(f, os.O_RDWR | os.O_APPEND); os.write(it, b'end'); os.lseek(it, 0, 0); "
      + "os.write(it, b'end')",
    "subprocess.run(['dd', 'of=' + f, 'bs=7', 'seek=900', 'conv=notrunc'], input=b'dd' * 99)",
  ]

  @Test func aSaveInPlaceIsWhatAnOrdinaryFolderHas() throws {
    try desk.files.plant(someBytes(200_000), at: "before.bin")
    try desk.mountedCase { nadia in
      for (number, step) in Self.steps.enumerated() {
        let program = "import os, subprocess, sys; f = sys.argv[1]\n\(step)"
        let (plain, file) = ("plain \(number).bin", "Notes/\(number).bin")
        try nadia.shell("cp ../../../before.bin \"../../../$1\"", plain).succeeded()
        try nadia.shell("cp ../../../before.bin \"$1\"", file).succeeded()
        let first = try nadia.record(of: file)
        for path in [desk.files.at(plain), file] { try nadia.python(program, path).succeeded() }
        let (read, kept) = (try nadia.read(file), try nadia.kept(file))
        let expected = try desk.files.read(plain)
        #expect(read == expected, "\(step): \(read.count) bytes, not these \(expected.count)")
        #expect(kept == expected, "\(step): \(kept.count) bytes, not these \(expected.count)")
        #expect(try nadia.versions().contains { $0.replaces == [first] }, "\(step)")
      }
      #expect(try nadia.current().count == Self.steps.count)
    }
  }

  /// What somebody emptied and synced stays so, whatever happens then.
  @Test func whatIsEmptiedAndSyncedStaysEmpty() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      try nadia.shell("printf words >Notes/a.txt").succeeded()
      let process = try mount.process()
      try nadia.python(
        """
        import os, signal, sys
        it = os.open('Notes/a.txt', os.O_WRONLY | os.O_TRUNC)
        os.fsync(it); os.kill(int(sys.argv[1]), signal.SIGKILL)
        """, "\(process)"
      ).succeeded()
      #expect(eventually { isGone(process) })
      try mount.begin()
      try nadia.expect("Notes/a.txt", is: "")
    }
  }

  /// `tar` takes a folder whose time changes while it reads for one that is being changed, and an empty
  /// file is filed when the program that closed it has gone on.
  @Test func aFolderChangesWithItsNamesAndACaseWithItsFiles() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.python(
        """
        import os, subprocess, time
        def times():
          return [int(subprocess.check_output(['stat', '--cached=never', '-c', '%Z', it]))
            for it in ('.', 'Notes', 'Scans')]
        def tick():
          begin = int(time.time())
          while int(time.time()) == begin: time.sleep(0.01)
        last = times()
        def changed(step):
          global last
          tick(); step(); before, last = last, times()
          return ''.join('+' if new > old else '-' for new, old in zip(last, before))
        def make():
          global it
          it = os.open('Notes/a.txt', os.O_CREAT | os.O_WRONLY)
        def close():
          os.close(it)
          while 'user.casevault.record' not in os.listxattr('Notes/a.txt'): time.sleep(0.01)
        def write():
          with open('Notes/a.txt', 'w') as it: it.write('words')
        print(changed(make), changed(close), changed(write),
          changed(lambda: os.rename('Notes/a.txt', 'Notes/b.txt')),
          changed(lambda: os.remove('Notes/b.txt')))
        """
      ).succeeded()
      #expect(ended.output == "++- --- +-- ++- ++-\n")
    }
  }

  /// Whoever looks when a program has gone on sees times and sizes as they are, not as the kernel
  /// remembers them.
  @Test func timesAndSizesAreThoseOfTheLastChange() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.python(
        """
        import os, subprocess, time
        seen = ['.', 'Notes', 'Summary.html']
        def shown(): return [(it.st_size, int(it.st_ctime)) for it in map(os.stat, seen)]
        def fresh():
          said = subprocess.check_output(['stat', '--cached=never', '-c', '%s %Z'] + seen, text=True)
          return [tuple(map(int, line.split())) for line in said.splitlines()]
        def write(name):
          with open(name, 'w') as it: it.write('words')
        for step in [lambda: write('Notes/a.txt'), lambda: write('Notes/b.txt'),
            lambda: write('Notes/a.txt'), lambda: os.rename('Notes/a.txt', 'Notes/c.txt'),
            lambda: os.remove('Notes/c.txt'), lambda: os.truncate('Notes/b.txt', 3)]:
          before = shown(); begin = int(time.time())
          while int(time.time()) == begin: time.sleep(0.01)
          step(); after = shown()
          print(after == fresh(), after != before)
        """
      ).succeeded()
      #expect(ended.lines == Array(repeating: "True True", count: 6))
    }
  }

  /// A file stays where it was filed, though somebody looked at the case while it came.
  @Test func whatIsFiledIsThereAtOnce() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.python(
        """
        import os
        open('Notes/a.txt', 'w').write('x'); os.listdir('Notes')
        it = os.open('Notes/big.bin', os.O_WRONLY | os.O_CREAT)
        for _ in range(40): os.write(it, b'A' * 131_072)
        # Another look at the case, by who asks the agent anew.
        os.stat('Summary.html'); open('Summary.html').read(); open('Notes/a.txt').read()
        os.close(it)
        open('Summary.html').read()
        with open('Notes/big.bin', 'ab') as it: it.write(b'more')
        print(sorted(os.listdir('Notes')), os.stat('Notes/big.bin').st_size)
        """
      ).succeeded()
      #expect(ended.output == "['a.txt', 'big.bin'] 5242884\n")
      #expect(try nadia.current().count == 2)
    }
  }

  @Test func aCutByNameIsFiledThoughSomebodyReads() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf 'one two' >Notes/a.txt").succeeded()
      let first = try nadia.record(of: "Notes/a.txt")
      try nadia.python(
        "import os; it = open('Notes/a.txt'); os.truncate('Notes/a.txt', 3); it.close()"
      ).succeeded()
      try nadia.expect("Notes/a.txt", is: "one")
      #expect(try nadia.versions().contains { $0.replaces == [first] })
    }
  }

  @Test func whatIsThereIsNotMadeAgain() throws {
    try desk.mountedCase { nadia in
      #expect(try nadia.shell("set -C; echo one >Notes/a.txt").status == 0)
      #expect(try nadia.shell("set -C; echo two >Notes/a.txt").status != 0)
      let ended = try nadia.python(
        "import os; os.open('Notes/a.txt', os.O_CREAT | os.O_EXCL | os.O_WRONLY)")
      #expect(ended.errors.contains("FileExistsError"), "\(ended.errors)")
      try nadia.expect("Notes/a.txt", is: "one\n")
    }
  }

  /// Pages of a mapping may arrive when the file was closed long ago.
  @Test(arguments: [
    "pages[5:9] = b'PAGE'; pages.flush(); os.close(it)", "pages[5:9] = b'PAGE'; os.close(it)",
    "os.close(it); pages[5:9] = b'PAGE'; pages.flush()", "os.close(it); pages[5:9] = b'PAGE'",
  ])
  func whatIsWrittenThroughAMappingIsKept(_ steps: String) throws {
    var bytes = someBytes(50_000)
    try desk.files.plant(bytes, at: "in.bin")
    try desk.mountedCase { nadia in
      try nadia.shell("cp ../../../in.bin Notes/a.bin").succeeded()
      try nadia.python(
        """
        import mmap, os
        it = os.open('Notes/a.bin', os.O_RDWR)
        pages = mmap.mmap(it, 0)
        \(steps)
        pages.close()
        """
      ).succeeded()
      bytes.replaceSubrange(5..<9, with: Array("PAGE".utf8))
      #expect(try eventually { try nadia.kept("Notes/a.bin") == bytes })
      try nadia.expect("Notes/a.bin", is: bytes)
      #expect(try nadia.current().count == 1)
    }
  }

  @Test func whatWasSyncedIsInTheSpoolAndNotToBeRead() throws {
    try desk.mountedCase { nadia in
      let running = try nadia.startPython(
        """
        import os, time
        with open('Notes/a.txt', 'w') as it:
          it.write('Heronbird ' * 1_000); it.flush(); os.fsync(it.fileno())
          open('../../../synced', 'w').close()
          end = time.monotonic() + 30
          while not os.path.exists('../../../go') and time.monotonic() < end: time.sleep(0.01)
        """)
      #expect(eventually { desk.files.exists("synced") })
      let spool = desk.home.files().filter { $0.contains("/spool/") }
      #expect(!spool.isEmpty)
      for file in spool {
        let bytes = Data(try desk.home.read(file))
        #expect(bytes.firstRange(of: Data("Heronbird".utf8)) == nil)
      }
      try desk.files.plant([], at: "go")
      try running.end(within: 60).succeeded()
      try nadia.expect("Notes/a.txt", is: String(repeating: "Heronbird ", count: 1_000))
    }
  }

  @Test func aBigFileComesBackByteForByte() throws {
    try desk.mountedCase { nadia in
      try desk.shell("head -c 40000000 /dev/urandom >big.bin").succeeded()
      try nadia.shell("cp ../../../big.bin Scans/big.bin && cmp ../../../big.bin Scans/big.bin")
        .succeeded()
      let record = try nadia.record(of: "Scans/big.bin")
      try nadia.mount.casevault("get", nadia.reference, record, "-o", desk.files.at("out.bin"))
        .succeeded()
      #expect(try desk.shell("cmp big.bin out.bin").status == 0)
      #expect(try nadia.versions().count == 1)
    }
  }

  @Test func unlinkingWithdraws() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo one >Notes/a.txt && echo two >Notes/b.txt && rm Notes/a.txt")
        .succeeded()
      #expect(try nadia.names("Notes") == ["b.txt"])
      #expect(try nadia.shell("cat Notes/a.txt").status != 0)
      let versions = try nadia.versions()
      #expect(versions.count == 2 && versions.filter(\.isWithdrawn).count == 1)
      #expect(try nadia.shell("rm Notes/*").status == 0)
      #expect(try nadia.current().isEmpty)
    }
  }

  /// The classic of a file that only its program knows.
  @Test func aFileThatIsUnlinkedWhileItIsWrittenIsNoRecord() throws {
    try desk.mountedCase { nadia in
      try nadia.python(
        """
        import os
        with open('Notes/a.txt', 'w+') as it:
          it.write('words'); it.flush(); os.unlink('Notes/a.txt'); it.write(' more')
          it.seek(0); assert it.read() == 'words more'
        """
      ).succeeded()
      #expect(try nadia.names("Notes").isEmpty)
      #expect(try nadia.current().isEmpty)
    }
  }

  @Test(arguments: ["Open", "Closed", "", "Case", "Case/Notes/.versions"])
  func aFileThatIsDroppedElsewhereIsRefused(_ place: String) throws {
    try desk.mountedCase { nadia in
      let folder = place.replacing("Case", with: "Open/\(nadia.name)")
      let files = desk.vault.files("cases").count
      for line in ["cp ../passphrase \"./$1/a.txt\"", "mkdir \"./$1/Notes/folder\" \"./$1/.x\""]
      where line.hasPrefix("cp") || place == "Case" {
        let ended = try nadia.mount.shell(line, folder)
        #expect(ended.status != 0)
        #expect(ended.errors.contains("Operation not permitted"), "\(ended.errors)")
      }
      #expect(desk.vault.files("cases").count == files)
    }
  }

  /// Longer than any record can be: refused before anything is made of it.
  @Test func aFileThatIsTooLongForARecordIsRefused() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf words >Notes/a.txt").succeeded()
      let ended = try nadia.python(
        """
        import errno, os
        it = os.open('Notes/a.txt', os.O_RDWR)
        for attempt in [
          lambda: os.truncate('Notes/a.txt', (1 << 36) + 1), lambda: os.ftruncate(it, 1 << 40),
          lambda: os.pwrite(it, b'x', 1 << 36)]:
          try: print(attempt())
          except OSError as error: print(errno.errorcode[error.errno])
        """
      ).succeeded()
      #expect(ended.output == "EFBIG\nEFBIG\nEFBIG\n")
      try nadia.expect("Notes/a.txt", is: "words")
      #expect(try nadia.versions().count == 1)
    }
  }

  /// Records that were begun and given up leave nothing behind that keeps others from being begun.
  @Test func howeverOftenARecordIsBegunInVainTheNextIsFiled() throws {
    try desk.mountedCase { nadia in
      try nadia.python(
        """
        import os
        it = os.open('Notes/a.bin', os.O_CREAT | os.O_RDWR); data = b'x' * 131_072
        for turn in range(1_030):
          for _ in range(6): os.write(it, data)
          os.ftruncate(it, 0); os.lseek(it, 0, 0)
          if turn < 1_010: continue
          with open('Notes/b.txt', 'w') as other: other.write(str(turn))
        os.write(it, b'words'); os.close(it)
        """, limit: 200
      ).succeeded()
      try nadia.expect("Notes/a.bin", is: "words")
    }
  }
}
