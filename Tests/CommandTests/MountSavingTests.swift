import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How editors save: through other names, and with files that only help.
@Suite(.requiresLinux, .requiresFUSE) struct MountSavingTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// Whatever the way, one file is left, and it is a new version of the same record.
  @Test(arguments: [
    "printf new >Notes/a.txt",
    "printf new >Notes/.a.txt.k3Vq9x && mv Notes/.a.txt.k3Vq9x Notes/a.txt",
    "printf new >Notes/a.txt.tmp && mv Notes/a.txt.tmp Notes/a.txt",
    "printf new >Notes/.goutputstream-K3VQ9X && mv Notes/.goutputstream-K3VQ9X Notes/a.txt",
    "printf new >Notes/sedk3Vq9x && mv Notes/sedk3Vq9x Notes/a.txt",
    "printf new >Notes/a.txt.new && mv Notes/a.txt.new Notes/a.txt",
    "mv Notes/a.txt Notes/a.txt~ && printf new >Notes/a.txt && rm Notes/a.txt~",
    "cp Notes/a.txt Notes/a.txt~ && printf new >Notes/a.txt && rm Notes/a.txt~",
    "cd Notes; printf new >.new && mv a.txt a.tmp && mv .new a.txt; rm a.tmp",
    "printf new >'Notes/~$a.txt' && cat 'Notes/~$a.txt' >Notes/a.txt && rm 'Notes/~$a.txt'",
  ])
  func aSaveIsANewVersionOfTheSameRecord(_ line: String) throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf old >Notes/a.txt").succeeded()
      let first = try nadia.record(of: "Notes/a.txt")
      try nadia.shell(line).succeeded()
      #expect(try nadia.names("Notes", all: true) == ["a.txt"])
      try nadia.expect("Notes/a.txt", is: "new")
      let versions = try nadia.versions()
      #expect(versions.filter(\.isCurrent).count == 1)
      let latest = try versions.first(where: \.isCurrent).orThrow()
      #expect(latest.replaces.contains(first), "\(versions)")
      #expect(try latest.id == nadia.record(of: "Notes/a.txt"))
      #expect(versions.first { $0.id == first }?.isWithdrawn == false)
    }
  }

  private static let temporary = [
    ".x", "letter.odt~", "~$letter.docx", "#letter#", ".~lock.letter.odt#", "letter.tmp",
    "letter.temp", ".letter.txt.swp", "letter.swo", "letter.swx", ".goutputstream-K3VQ9X",
    "letter.part", "letter.pdf.crdownload", "sedK3vq9x", "4913", "lu179463eauj.tmp",
  ]

  /// What is written to a file that was moved out of the way is kept, whatever comes after.
  @Test(arguments: ["letter.old", "letter.txt.bak", "letter.orig"])
  func whatIsWrittenToAFileThatMadeRoomIsKept(_ name: String) throws {
    let append = """
      import os, sys
      it = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
      os.write(it, b'more'); os.fsync(it); os.close(it)
      """
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      try nadia.shell("cd Notes; printf one >letter.txt; mv letter.txt \(name)").succeeded()
      try nadia.python(append, "Notes/\(name)").succeeded()
      #expect(try nadia.text("Notes/\(name)") == "onemore")
      let process = try mount.process()
      kill(process, SIGKILL)
      #expect(eventually { isGone(process) })
    }
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      #expect(try nadia.names("Notes") == [name])
      try nadia.expect("Notes/\(name)", is: "onemore")
    }
  }

  /// Nor is it lost where the file was open when it was moved.
  @Test func whatIsWrittenOnToAFileThatMadeRoomIsKept() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    let program = """
      import os, signal, sys
      it = os.open('Notes/app.txt', os.O_WRONLY | os.O_APPEND)
      os.rename('Notes/app.txt', 'Notes/app.txt.old')
      os.write(it, b'more'); os.fsync(it); os.kill(int(sys.argv[1]), signal.SIGKILL)
      """
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      try nadia.shell("printf one >Notes/app.txt").succeeded()
      let process = try mount.process()
      try nadia.python(program, "\(process)").succeeded()
      #expect(eventually { isGone(process) })
    }
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      #expect(try nadia.names("Notes").contains("app.txt (recovered).old"))
      try nadia.expect("Notes/app.txt (recovered).old", is: "onemore")
    }
  }

  /// An old descriptor is no way into a file that has lost its name.
  @Test func whatHasNoNameIsNotOpenedAgain() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.shell(
        """
        cd Notes; echo old >a.txt; exec 9<a.txt; echo new >x.tmp; mv x.tmp a.txt
        (echo lost >>/proc/self/fd/9) 2>/dev/null && echo written; cat a.txt
        """
      ).succeeded()
      #expect(ended.output == "new\n")
    }
  }

  /// Two that wait for one name are two files, and each is there once.
  @Test func filesThatMakeRoomForEachOtherAreThereOnce() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    let expected = ["a.bak", "b.old", "d.old", "l.2.old", "l.old"]
    try desk.mounted { mount in
      try mount.shell(
        """
        set -e
        printf 1 >a.bak; printf 2 >a; mv a.bak b.old; mv a a.bak; printf 3 >a.bak
        printf 4 >l.old; printf 5 >l; mv l.old l.2.old; mv l l.old
        printf 6 >d.old; printf 7 >c.bak; mv c.bak d.old; printf 8 >e; mv e d.old
        printf 9 >y.tmp; mv y.tmp d.old
        """, in: "Open/\(place)/Notes"
      ).succeeded()
      #expect(try mount.shell("ls -1", in: "Open/\(place)/Notes").lines == expected)
      try mount.casevault("unmount", mount.path).succeeded()
    }
    try desk.mounted { (mount) throws in
      let ended = try mount.shell("ls -1; cat *", in: "Open/\(place)/Notes").succeeded()
      #expect(ended.output == expected.joined(separator: "\n") + "\n31945")
    }
  }

  /// A rename that nothing came after is one when the mount ends, too.
  @Test func aFileThatMadeRoomForNothingWasRenamed() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    try desk.mounted { mount in
      try mount.shell(
        """
        for n in $(seq 40); do echo $n >$n.txt; done
        for n in $(seq 40); do mv $n.txt $n.old; done
        """, in: "Open/\(place)/Notes"
      ).succeeded()
      try mount.casevault("unmount", mount.path).succeeded()
    }
    try desk.mounted { (mount) throws in
      let names = try mount.shell("ls -1", in: "Open/\(place)/Notes").lines
      #expect(Set(names) == Set((1...40).map { "\($0).old" }))
    }
  }

  /// A backup over a backup takes its place.
  @Test func aBackupOverABackupTakesItsPlace() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      try nadia.shell("cd Notes; printf one >a.txt; printf old >a.txt.bak").succeeded()
      for version in ["two", "three"] {
        try nadia.shell("cd Notes; mv a.txt a.txt.bak; printf \(version) >a.txt").succeeded()
      }
      #expect(try nadia.text("Notes/a.txt.bak") == "two")
      try nadia.shell("cd Notes; printf x >c.txt; mv c.txt c.old; mv c.old d.txt").succeeded()
      #expect(try nadia.names("Notes") == ["a.txt", "a.txt.bak", "d.txt"])
      try mount.casevault("unmount", mount.path).succeeded()
    }
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      #expect(try nadia.names("Notes") == ["a.txt", "a.txt.bak", "d.txt"])
      try nadia.expect("Notes/a.txt", is: "three")
      try nadia.expect("Notes/a.txt.bak", is: "two")
      try nadia.expect("Notes/d.txt", is: "x")
    }
  }

  @Test func temporaryFilesLiveAndAreNoRecords() throws {
    try desk.mountedCase { nadia in
      let files = desk.vault.files("cases").count
      for name in Self.temporary {
        let ended = try nadia.shell(
          """
          set -e; cd Notes
          printf one >"$1"; printf two >>"$1"; cat "$1"; stat -c ' %s' "$1"
          ls -A | grep -Fx -- "$1"; mv "$1" .other; mv .other "$1"; cp "$1" .copy; rm "$1" .copy
          ls -A; echo three >"$1"
          """, name)
        #expect(ended.output == "onetwo 6\n\(name)\n", "\(name): \(ended.errors)")
        try nadia.shell("mkdir -p ../../../left && mv \"Notes/$1\" ../../../left/", name)
          .succeeded()
        try nadia.shell("cp \"../../../left/$1\" Notes/", name).succeeded()
        #expect(try nadia.text("Notes/\(name)") == "three\n")
        try nadia.shell("mv \"Notes/$1\" ../../../left/", name).succeeded()
      }
      // Those that are left behind end with the mount.
      try nadia.shell("cp -r ../../../left/. Notes/").succeeded()
      #expect(try nadia.names("Notes", all: true).sorted() == Self.temporary.sorted())
      #expect(try nadia.versions().isEmpty)
      try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
      try nadia.mount.begin()
      #expect(try nadia.names("Notes", all: true).isEmpty)
      #expect(desk.vault.files("cases").count == files)
    }
  }

  @Test func namesThatOnlyLookTemporaryAreRecords() throws {
    let names = [
      "sedate.txt", "sed.txt", "49130", "part", "a.tmp.txt", "x#", "swp", "4913.txt", "sedK3vq9xx",
    ]
    try desk.mountedCase { nadia in
      for name in names {
        try nadia.shell("echo words >\"Notes/$1\"", name).succeeded()
        try nadia.expect("Notes/\(name)", is: "words\n")
      }
      #expect(try nadia.current().count == names.count)
    }
  }

  @Test func aTemporaryFileThatGetsARealNameIsARecord() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/scan.part && mv Notes/scan.part Notes/scan.pdf")
        .succeeded()
      try nadia.expect("Notes/scan.pdf", is: "words\n")
      #expect(try nadia.versions().count == 1)
    }
  }

  @Test func aRenameKeepsTheRecordUnderANewName() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/a.txt").succeeded()
      let first = try nadia.record(of: "Notes/a.txt")
      try nadia.shell("mv Notes/a.txt 'Notes/Zoë.txt'").succeeded()
      #expect(try nadia.names("Notes", all: true) == ["Zoë.txt"])
      try nadia.expect("Notes/Zoë.txt", is: "words\n")
      let latest = try nadia.current()
      #expect(latest.count == 1 && latest[0].replaces == [first])
      #expect(latest[0].file == "Zoë.txt")
      // And by letter case alone.
      try nadia.shell("mv 'Notes/Zoë.txt' 'Notes/ZOË.txt'").succeeded()
      #expect(try nadia.names("Notes") == ["ZOË.txt"])
    }
  }

  /// Also of a file whose record was begun when the name, the time or the folder's other file changed.
  @Test func whatHappensToALargeFileWhileItIsWrittenIsKept() throws {
    let program = """
      import os
      piece = b'x' * 1_000_000
      open('Notes/old.txt', 'w').write('old')
      it = open('Notes/one.txt', 'wb', buffering=0)
      it.write(piece); it.write(piece); os.rename('Notes/one.txt', 'Notes/two.txt'); it.write(piece)
      os.utime('Notes/two.txt', (1_577_934_245, 1_577_934_245)); it.close()
      it = open('Notes/new.txt', 'wb', buffering=0)
      it.write(piece); it.write(piece); os.rename('Notes/new.txt', 'Notes/old.txt'); it.close()
      """
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      try nadia.python(program).succeeded()
      #expect(try nadia.names("Notes") == ["old.txt", "two.txt"])
    }
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      #expect(try nadia.names("Notes") == ["old.txt", "two.txt"])
      #expect(try nadia.shell("stat -c %Y Notes/two.txt").succeeded().lines == ["1577934245"])
      try nadia.expect("Notes/two.txt", is: [UInt8](repeating: 120, count: 3_000_000))
      try nadia.expect("Notes/old.txt", is: [UInt8](repeating: 120, count: 2_000_000))
      let latest = try nadia.current()
      #expect(latest.map(\.title).sorted() == ["old.txt", "two.txt"])
      #expect(try latest.first { $0.title == "old.txt" }.orThrow().replaces.count == 1)
    }
  }

  /// Whatever the moment at which it is deleted or replaced, what is shown is what is filed.
  @Test(arguments: ["os.unlink('Scans/a.pdf')", "os.rename('Scans/b.pdf', 'Scans/a.pdf')"])
  func aFileThatGoesWhileItIsClosedStaysAway(_ act: String) throws {
    let program = """
      import os, threading
      open('Scans/b.pdf', 'w').write('b')
      it = os.open('Scans/a.pdf', os.O_CREAT | os.O_RDWR)
      for _ in range(20): os.write(it, b'a' * 1_000_000)
      os.pwrite(it, b'X', 0)
      closing = threading.Thread(target=os.close, args=[it]); closing.start()
      \(act)
      closing.join()
      """
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      for _ in 1...3 {
        try nadia.python(program).succeeded()
        let names = try nadia.names("Scans")
        #expect(names == (act.contains("unlink") ? ["b.pdf"] : ["a.pdf"]))
        // Whatever is missing in the mount is withdrawn, or has been replaced.
        let latest = try nadia.current()
        #expect(latest.map(\.title) == names, "\(latest)")
        #expect(try nadia.read("Scans/\(names[0])") == [98])
      }
    }
  }

  @Test func aRenameOverAnotherRecordLeavesOne() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo one >Notes/a.txt; echo two >Notes/b.txt; mv Notes/a.txt Notes/b.txt")
        .succeeded()
      #expect(try nadia.names("Notes") == ["b.txt"])
      try nadia.expect("Notes/b.txt", is: "one\n")
      #expect(try nadia.current().count == 1)
    }
  }

  @Test func betweenFoldersFilesAreCopied() throws {
    let text = message(subject: "My room")
    try desk.file("in.eml", text)
    try desk.mountedCase { nadia in
      try nadia.shell("cp ../../../in.eml Notes/a.eml").succeeded()
      let renamed = try nadia.python(
        """
        import errno, os
        try: os.rename('Notes/a.eml', 'Correspondence/a.eml')
        except OSError as error: print(errno.errorcode[error.errno])
        """)
      #expect(renamed.output == "EXDEV\n")
      try nadia.shell("mv Notes/a.eml Correspondence/").succeeded()
      #expect(try nadia.names("Notes").isEmpty)
      try nadia.expect("Correspondence/a.eml", is: text)
      #expect(try nadia.current().map(\.kind) == ["mail"])
    }
  }

  @Test func oldVersionsAreKeptAndListedByTheirTime() throws {
    try desk.mountedCase { nadia in
      var records: [String] = []
      for word in ["one", "two", "three"] {
        try nadia.shell("printf \(word) >Notes/a.txt").succeeded()
        records.append(try nadia.record(of: "Notes/a.txt"))
      }
      let names = try nadia.names("Notes/.versions")
      #expect(names.count == 2, "\(names)")
      for (word, record) in zip(["one", "two"], records) {
        let name = try names.first { $0.contains(" \(record.prefix(4))).txt") }.orThrow()
        #expect(
          name.wholeMatch(of: /a \(\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d [a-z2-7]{4}\)\.txt/) != nil)
        try nadia.expect("Notes/.versions/\(name)", is: word)
        for attempt in ["echo x >", "rm -f", "truncate -s 0"] {
          #expect(try nadia.shell("\(attempt) \"Notes/.versions/$1\"", name).status != 0)
        }
        try nadia.expect("Notes/.versions/\(name)", is: word)
      }
    }
  }

  /// A program that closes copies of its descriptor publishes several times.
  @Test func theVersionsOfOneOpenAreListedAsOne() throws {
    try desk.mountedCase { nadia in
      try nadia.python(
        """
        import os
        it = os.open('Notes/a.txt', os.O_CREAT | os.O_WRONLY)
        for word in [b'one ', b'two ', b'three']:
          os.write(it, word); os.close(os.dup(it))
        os.close(it)
        """
      ).succeeded()
      try nadia.expect("Notes/a.txt", is: "one two three")
      #expect(try nadia.names("Notes/.versions").isEmpty)
      try nadia.shell("printf four >Notes/a.txt").succeeded()
      let names = try nadia.names("Notes/.versions")
      #expect(names.count == 1, "\(names)")
      for name in names { try nadia.expect("Notes/.versions/\(name)", is: "one two three") }
    }
  }

  /// Two names change places in one step, or not at all: done as a rename, a file would be lost.
  @Test func namesThatAreToBeExchangedStay() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf one >Notes/a.txt; printf two >Notes/b.txt").succeeded()
      let ended = try nadia.python(
        """
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.renameat2(-100, b'Notes/a.txt', -100, b'Notes/b.txt', 2) == -1
        print(errno.errorcode[ctypes.get_errno()])
        """)
      #expect(ended.output == "EINVAL\n", "\(ended.errors)")
      try nadia.expect("Notes/a.txt", is: "one")
      try nadia.expect("Notes/b.txt", is: "two")
      #expect(try nadia.versions().count == 2)
    }
  }

  /// The index has what was filed a moment later.
  @Test func aCheckFindsNothingWrongWithWhatWasJustSaved() throws {
    try desk.mountedCase { nadia in
      for number in 1...4 {
        try nadia.shell("echo $1 >Notes/$1.txt", "\(number)").succeeded()
        let ended = try nadia.mount.casevault("check").succeeded()
        #expect(ended.lines.last == "Nothing is wrong.", "\(ended.output)")
      }
      // Nor while somebody goes on saving.
      let running = try nadia.start(
        "i=0; until [ -e \"$1/enough\" ]; do i=$((i+1)); echo $i >Notes/1.txt; done",
        desk.files.path)
      defer { running.stop() }
      for _ in 1...10 {
        let ended = try nadia.mount.casevault("check").succeeded()
        #expect(ended.lines.last == "Nothing is wrong.", "\(ended.output)")
      }
      try desk.files.plant([], at: "enough")
      try running.end().succeeded()
    }
  }
}
