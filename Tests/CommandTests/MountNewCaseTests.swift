import Foundation
import TestSupport
import Testing

/// A new folder in a mounted vault, and the case that it becomes.
@Suite(.requiresLinux, .requiresFUSE) struct MountNewCaseTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  private func cases() throws -> [String] {
    try desk.casevault("case", "list", "--quiet").succeeded().lines
  }

  @Test func aFolderIsNoCaseUntilItsFirstFile() throws {
    let before = desk.vault.files("cases")
    try desk.mounted { mount in
      let ended = try mount.shell(
        """
        set -e; cd Open
        mkdir 'Sam Example'; ls -1 'Sam Example'
        mv 'Sam Example' 'Sam Other'; ls -1; rmdir 'Sam Other'; ls -1A
        mkdir 'New Folder'; mv 'New Folder' 'Zoë & Co'; echo x >'Zoë & Co/Notes/.x'; ls -1
        """)
      #expect(ended.status == 0, "\(ended.errors)")
      let lines = ended.lines.filter { $0 != "Summary.html" }
      #expect(lines == ["Correspondence", "Notes", "Scans", "Sam Other", "Zoë & Co"])
      #expect(try cases().isEmpty)
    }
    #expect(try cases().isEmpty)
    #expect(desk.vault.files("cases") == before)
  }

  @Test(arguments: ["Notes", "Correspondence", "Scans"])
  func itsFirstFileMakesItACaseOfThatClient(_ folder: String) throws {
    try desk.mounted { mount in
      try mount.shell(
        "mkdir 'Open/Sam Example' && echo first >\"Open/Sam Example/$1/a.txt\"", folder
      ).succeeded()
      let names = try mount.shell("ls -1 Open").succeeded().lines
      #expect(names.count == 1)
      let name = try names.first.orThrow()
      let match = try name.wholeMatch(of: /([0-9A-Z]{4}-[0-9A-Z]{4}) Sam Example/).orThrow()
      let sam = MountedCase(mount: mount, reference: String(match.1), name: name)
      #expect(try desk.client(of: sam.reference) == "Sam Example")
      try sam.expect("\(folder)/a.txt", is: "first\n")
      #expect(try sam.current().count == 1)
      #expect(try cases().count == 1)
      #expect(try mount.shell("rmdir 'Open/Sam Example'").status != 0)
    }
  }

  /// The first file of a case may be large: it is sealed while it comes, and only the last of its content
  /// lies on this computer meanwhile. The folder has a new name by the time it is closed.
  @Test func aLargeFirstFileIsSealedAsItComes() throws {
    let program = """
      import os, sys
      os.makedirs('Open/Sam Example/Scans')
      it = open('Open/Sam Example/Scans/a.pdf', 'wb', buffering=0)
      for _ in range(8): it.write(b'x' * 1_000_000)
      home = os.environ['CASEVAULT_HOME']
      kept = [
        os.path.join(at, name) for at, _, names in os.walk(home) for name in names
        if '/spool/' in at]
      print(len(kept) > 0, sum(map(os.path.getsize, kept)) < 1_000_000)
      os.rename('Open/Sam Example', 'Open/Sam Other')
      it.write(b'y'); it.close()
      """
    try desk.mounted { mount in
      let ended = try mount.shell("exec \(Desk.python) -c \"$1\"", program).succeeded()
      #expect(ended.output == "True True\n")
      let name = try mount.shell("ls -1 Open").succeeded().lines
      #expect(name.count == 1 && name[0].hasSuffix(" Sam Other"), "\(name)")
      let sam = MountedCase(mount: mount, reference: String(name[0].prefix(9)), name: name[0])
      try sam.expect("Scans/a.pdf", is: [UInt8](repeating: 120, count: 8_000_000) + [121])
      #expect(try desk.client(of: sam.reference) == "Sam Other")
      #expect(try cases().count == 1)
    }
  }

  /// Two large files at once, and a small one that is filed first: all are of one case.
  @Test func largeFirstFilesAtOnceAreOfOneCase() throws {
    let program = """
      import os
      for folder in ['Scans', 'Notes']: os.makedirs(f'Open/Sam Example/{folder}')
      first, second = [
        open(f'Open/Sam Example/Scans/{name}', 'wb', buffering=0) for name in ['a.pdf', 'b.pdf']]
      for _ in range(3):
        first.write(b'a' * 1_000_000); second.write(b'b' * 1_000_000)
      open('Open/Sam Example/Notes/c.txt', 'w').write('c')
      first.write(b'a'); first.close(); second.close()
      """
    try desk.mounted { mount in
      try mount.shell("exec \(Desk.python) -c \"$1\"", program).succeeded()
      let name = try mount.shell("ls -1 Open").succeeded().lines
      #expect(name.count == 1, "\(name)")
      let sam = MountedCase(mount: mount, reference: String(name[0].prefix(9)), name: name[0])
      try sam.expect("Scans/a.pdf", is: [UInt8](repeating: 97, count: 3_000_001))
      try sam.expect("Scans/b.pdf", is: [UInt8](repeating: 98, count: 3_000_000))
      try sam.expect("Notes/c.txt", is: "c")
      #expect(try cases().count == 1)
      #expect(try sam.current().count == 3)
      #expect(try mount.casevault("check", "--deep").succeeded().lines.last == "Nothing is wrong.")
    }
  }

  /// Whatever the moment at which a folder is renamed, its case is of the client whose name is shown.
  @Test func aFolderRenamedWhileItsFirstFileIsClosedHasOneName() throws {
    let program = """
      import os, threading
      os.makedirs('Open/Sam 0/Scans')
      it = os.open('Open/Sam 0/Scans/a.pdf', os.O_CREAT | os.O_RDWR)
      for _ in range(4): os.write(it, b'a' * 1_000_000)
      closing = threading.Thread(target=os.close, args=[it]); closing.start()
      try:
        for number in range(40): os.rename(f'Open/Sam {number}', f'Open/Sam {number + 1}')
      except OSError: pass
      closing.join()
      """
    for _ in 1...5 {
      let shown = try desk.mounted { mount -> String in
        let before = Set(try mount.shell("ls -1 Open").succeeded().lines)
        try mount.shell("exec \(Desk.python) -c \"$1\"", program).succeeded()
        let new = try mount.shell("ls -1 Open").succeeded().lines.filter { !before.contains($0) }
        #expect(new.count == 1, "\(new)")
        return try new.first.orThrow()
      }
      #expect(try desk.client(of: String(shown.prefix(9))) == String(shown.dropFirst(10)))
    }
    #expect(try cases().count == 5)
  }

  /// What was written and deleted again in a folder that is to be a case leaves nothing of a case.
  @Test func aLargeFirstFileThatIsDeletedLeavesNothing() throws {
    let program = """
      import os
      os.makedirs('Open/Sam Example/Scans')
      for number in range(3):
        path = f'Open/Sam Example/Scans/{number}.pdf'
        with open(path, 'wb', buffering=0) as it: it.write(b'a' * 1_000_000); os.unlink(path)
      for name in ['Scans', 'Notes', 'Correspondence', '.']:
        try: os.rmdir(os.path.normpath(f'Open/Sam Example/{name}'))
        except FileNotFoundError: pass
      os.makedirs('Open/Zoe/Notes'); open('Open/Zoe/Notes/a.txt', 'w').write('a')
      """
    try desk.mounted { mount in
      try mount.shell("exec \(Desk.python) -c \"$1\"", program).succeeded()
      #expect(try mount.shell("ls -1 Open").succeeded().lines.count == 1)
      let status = try mount.casevault("status", "--json").succeeded().object()
      #expect(status["cases"] as? Int == 1, "\(status)")
      #expect(try mount.casevault("check", "--deep").succeeded().lines.last == "Nothing is wrong.")
    }
  }

  /// The name that was typed goes on working for the program that made the folder.
  @Test func whoMadeTheFolderGoesOnUnderItsName() throws {
    let program = """
      import os, subprocess
      os.mkdir('Open/Sam Example'); os.listdir('Open/Sam Example')
      for word in ['one', 'two']:
        with open(f'Open/Sam Example/Notes/{word}.txt', 'w') as it: it.write(word)
      subprocess.check_call(['timeout', '20', 'sh', '-c', 'cat "$0" >/dev/null || exit 1; :',
        'Open/Sam Example/Notes/two.txt'])
      print(open('Open/Sam Example/Notes/one.txt').read(), os.listdir('Open/Sam Example/Notes'))
      """
    try desk.mounted { mount in
      let ended = try mount.shell("exec \(Desk.python) -c \"$1\"", program).succeeded()
      #expect(ended.output == "one ['one.txt', 'two.txt']\n")
      #expect(try mount.shell("ls 'Open/Sam Example'").status != 0)
      #expect(try cases().count == 1)
    }
  }

  /// Two clients of one name are two cases, whatever comes in for the second.
  @Test func theSecondClientOfANameIsAnother() throws {
    for name in ["one", "two", "three"] {
      try desk.files.plant(Array("\(name)\n".utf8), at: "\(name)/Sam Example/Notes/\(name).txt")
    }
    try desk.mounted { (mount) throws in
      try mount.shell("cp -r '../one/Sam Example' Open/").succeeded()
      try mount.shell("cp -r '../two/Sam Example' Open/").succeeded()
      try mount.shell(
        """
        mkdir 'Open/Sam Example'
        cp '../three/Sam Example/Notes/three.txt' 'Open/Sam Example/Notes/'
        """
      ).succeeded()
      let names = try mount.shell("ls -1 Open").succeeded().lines
      #expect(names.count == 3 && names.allSatisfy { $0.hasSuffix(" Sam Example") })
      let files = try names.map { try mount.shell("ls \"Open/$1/Notes\"", $0).succeeded().lines }
      #expect(Set(files) == [["one.txt"], ["two.txt"], ["three.txt"]])
      #expect(try cases().count == 3)
      // It may have been one person all the same.
      #expect(
        try eventually {
          let troubles = try mount.facts()?["troubles"] as? [String] ?? []
          return troubles.filter { $0.hasSuffix("is it the same person?") }.count == 2
        })
    }
  }

  /// Two programs at once with a client of one name each: each goes on in what it made.
  @Test func twoAtOnceWithOneNameAreTwoCases() throws {
    let program = """
      import os, sys, time
      me, other, desk = sys.argv[1:]
      def await_(name):
        end = time.monotonic() + 30
        while not os.path.exists(f'{desk}/{name}') and time.monotonic() < end: time.sleep(0.01)
      if me == 'B': await_('A')
      os.mkdir('Open/Sam'); os.mkdir('Open/Sam/Notes')
      open(f'Open/Sam/Notes/{me} 1.txt', 'w').write(me)
      open(f'{desk}/{me}', 'w').close()
      await_(other)
      open(f'Open/Sam/Notes/{me} 2.txt', 'w').write(me)
      """
    try desk.mounted { mount in
      let line = "exec \(Desk.python) -c \"$@\""
      let first = try mount.start(line, [program, "A", "B", desk.files.path])
      let second = try mount.start(line, [program, "B", "A", desk.files.path])
      try first.end().succeeded()
      try second.end().succeeded()
      let names = try mount.shell("ls -1 Open").succeeded().lines
      let files = try names.map { try mount.shell("ls \"Open/$1/Notes\"", $0).succeeded().lines }
      #expect(Set(files) == [["A 1.txt", "A 2.txt"], ["B 1.txt", "B 2.txt"]])
    }
  }

  @Test func aShellThatStandsInItGoesOnWorking() throws {
    try desk.mounted { mount in
      let ended = try mount.shell(
        """
        set -e; mkdir 'Open/Sam Example'; cd 'Open/Sam Example/Notes'
        for word in one two three; do echo $word >$word.txt; done
        cat one.txt two.txt three.txt; ls; ls ../../
        """)
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.lines.prefix(6) == ["one", "two", "three", "one.txt", "three.txt", "two.txt"])
      #expect(ended.lines.count == 7 && ended.lines.last?.hasSuffix(" Sam Example") == true)
      #expect(try cases().count == 1)
    }
  }

  @Test func aFolderThatIsThereIsNotMadeAgain() throws {
    try desk.mounted { mount in
      try mount.shell("mkdir 'Open/Sam Example' 'Open/Zoë'; echo b >Open/Zoë/Notes/b").succeeded()
      let again = try mount.shell("mkdir 'Open/Sam Example'")
      #expect(again.status != 0 && again.errors.contains("File exists"))
      try mount.shell("echo a >'Open/Sam Example/Notes/a'").succeeded()
      #expect(try cases().count == 2)
      #expect(try mount.shell("ls -1 Open").lines.count == 2)
    }
  }

  @Test func foldersAreMadeInOpenAlone() throws {
    try desk.mounted { mount in
      for place in [".", "Closed"] {
        let ended = try mount.shell("mkdir \"$1/Sam Example\"", place)
        #expect(ended.status != 0 && ended.errors.contains("Operation not permitted"))
      }
    }
  }

  @Test func aWholeTreeThatIsCopiedInBecomesACase() throws {
    for name in ["Notes/a.txt", "Correspondence/b.eml", "Scans/c.pdf"] {
      try desk.files.plant(Array("\(name)\n".utf8), at: "Sam Example/\(name)")
    }
    try desk.mounted { mount in
      try mount.shell("cp -r '../Sam Example' Open/").succeeded()
      let name = try mount.shell("ls -1 Open").succeeded().lines.first.orThrow()
      let sam = MountedCase(mount: mount, reference: String(name.prefix(9)), name: name)
      for name in ["Notes/a.txt", "Correspondence/b.eml", "Scans/c.pdf"] {
        try sam.expect(name, is: "\(name)\n")
      }
      #expect(try sam.current().count == 3)
      #expect(try cases().count == 1)
    }
  }

  /// As a script does it: one program makes the folder, others file.
  @Test(arguments: [
    "for it in one two; do cp $it.txt 'mount/Open/Sam Example/Notes/'; done",
    "for it in one two; do echo $it >\"mount/Open/Sam Example/Notes/$it.txt\"; done",
    "ls one.txt two.txt | while read it; do cp $it 'mount/Open/Sam Example/Notes/'; done",
    "find . -maxdepth 1 -name '*.txt' -exec cp {} 'mount/Open/Sam Example/Notes/' \\;",
    "sh -c 'cp one.txt \"$1\"; cp two.txt \"$1\"' sh 'mount/Open/Sam Example/Notes/'",
  ])
  func aScriptGoesOnUnderTheName(_ line: String) throws {
    for name in ["one", "two"] { try desk.file("\(name).txt", "\(name)\n") }
    try desk.mounted { mount in
      try mount.shell(
        """
        set -e; cd ..; mkdir -p 'mount/Open/Sam Example/Notes'
        \(line)
        mkdir -p 'mount/Open/Sam Example/Notes'; cat 'mount/Open/Sam Example/Notes/one.txt'
        """
      ).succeeded()
      let name = try mount.shell("ls -1 Open").succeeded().lines.first.orThrow()
      let sam = MountedCase(mount: mount, reference: String(name.prefix(9)), name: name)
      #expect(try sam.names("Notes") == ["one.txt", "two.txt"])
      #expect(try cases().count == 1)
      // Another script means another client.
      #expect(try mount.shell("ls 'Open/Sam Example'").status != 0)
    }
  }

  /// As a word processor does in a folder that the file manager made.
  @Test func whoFiledTheFirstGoesOnUnderTheName() throws {
    let maker = """
      import os, sys, time
      os.mkdir('Open/Sam'); open(f'{sys.argv[1]}/made', 'w').close()
      def await_(name):
        end = time.monotonic() + 60
        while not os.path.exists(f'{sys.argv[1]}/{name}') and time.monotonic() < end: time.sleep(0.01)
      await_('saved'); os.listdir('Open/Sam/Notes'); open(f'{sys.argv[1]}/seen', 'w').close()
      await_('end')
      """
    let writer = """
      import os, sys
      for word in ['one', 'two']:
        open('Open/Sam/Notes/letter.txt', 'w').write(word)
      print(open('Open/Sam/Notes/letter.txt').read())
      os.mkdir('Open/Sam 2')
      """
    try desk.mounted { mount in
      let line = "exec \(Desk.python) -c \"$@\""
      let running = try mount.start(line, [maker, desk.files.path])
      defer { running.stop() }
      #expect(eventually { desk.files.exists("made") })
      #expect(try mount.shell(line, writer).succeeded().output == "two\n")
      try desk.files.plant([], at: "saved")
      #expect(eventually { desk.files.exists("seen") })
      #expect(try mount.shell("ls Open/Sam").status != 0)
      try desk.files.plant([], at: "end")
      try running.end().succeeded()
      #expect(try cases().count == 1)
    }
  }

  /// A file manager that made the first one shows the second: a file that is dropped there is not put
  /// into the first one's case.
  @Test func whoHasSeenAnotherFolderOfTheNameIsRefused() throws {
    let program = """
      import errno, os, sys, time
      os.mkdir('Open/Ned'); os.listdir('Open/Ned'); open('Open/Ned/Notes/1.txt', 'w').write('one')
      open(f'{sys.argv[1]}/ready', 'w').close()
      end = time.monotonic() + 60
      while not os.path.exists(f'{sys.argv[1]}/go') and time.monotonic() < end: time.sleep(0.01)
      open('Open/Ned/Notes/2.txt', 'w').write('two'); print('Ned' in os.listdir('Open'))
      try: open('Open/Ned/Notes/3.txt', 'w').write('three')
      except OSError as error: print(errno.errorcode[error.errno])
      """
    try desk.mounted { mount in
      let running = try mount.start(
        "exec \(Desk.python) -c \"$@\"", [program, desk.files.path])
      defer { running.stop() }
      #expect(eventually { desk.files.exists("ready") })
      try mount.shell("mkdir Open/Ned").succeeded()
      try desk.files.plant([], at: "go")
      #expect(try running.end().succeeded().lines == ["True", "EBUSY"])
      let names = try mount.shell("ls -1 Open").lines
      let files = try names.map { try mount.shell("ls \"Open/$1/Notes\"", $0).lines }
      #expect(Set(files) == [["1.txt", "2.txt"], []])
    }
  }

  /// In a terminal each line is another job: what is copied in after a folder was made by hand is
  /// another client's.
  @Test func anotherLineOfATerminalMeansAnotherClient() throws {
    for word in ["one", "two"] { try desk.file("\(word)/Bea/Notes/\(word).txt", word) }
    try desk.mounted { mount in
      try mount.shell(
        """
        exec bash -c 'set -em; mkdir Open/Bea; cp ../one/Bea/Notes/one.txt Open/Bea/Notes/
        cp -r ../two/Bea Open/'
        """
      ).succeeded()
      let names = try mount.shell("ls -1 Open").lines
      let files = try names.map { try mount.shell("ls \"Open/$1/Notes\"", $0).lines }
      #expect(Set(files) == [["one.txt"], ["two.txt"]])
    }
  }

  /// Several processes of one job with one client are one case.
  @Test(arguments: [
    "seq 12 | xargs -P 4 -I{} sh -c 'mkdir -p Open/Hal/Notes && echo {} >Open/Hal/Notes/{}.txt'",
    """
    \(Desk.python) -c "
    import multiprocessing, os
    def work(number):
      os.makedirs('Open/Hal/Notes', exist_ok=True)
      open(f'Open/Hal/Notes/{number}.txt', 'w').write('x')
    with multiprocessing.Pool(4) as pool: pool.map(work, range(12))
    "
    """,
  ])
  func aJobOfManyProcessesFilesInOneCase(_ line: String) throws {
    try desk.mounted { mount in
      let ended = try mount.shell(line)
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(try cases().count == 1)
      #expect(try mount.shell("ls Open/*/Notes").lines.count == 12)
    }
  }

  /// A program that filed in two folders of one name may mean the one or the other: it is refused.
  @Test func whoFiledForTwoOfOneNameIsRefused() throws {
    let writer = """
      import errno, os, subprocess
      def mkdir(): subprocess.run(['setsid', 'sh', '-c', 'mkdir Open/Sam'], check=True)
      def save(word):
        try: open('Open/Sam/Notes/letter.txt', 'w').write(word); print('saved')
        except OSError as error: print(errno.errorcode[error.errno])
      mkdir(); save('first')
      save('again')
      subprocess.run(['setsid', 'sh', '-c', 'mkdir Open/Sam'], check=True); save('second')
      """
    try desk.mounted { mount in
      let ended = try mount.shell("exec \(Desk.python) -c \"$1\"", writer).succeeded()
      #expect(ended.lines == ["saved", "saved", "EBUSY"])
      #expect(try cases().count == 1)
      #expect(
        try eventually {
          let troubles = try mount.facts()?["troubles"] as? [String] ?? []
          return troubles.count { $0.contains("another folder was made under the name of case") }
            == 1
        })
    }
  }

  /// It is no case yet, but somebody is at work in it.
  @Test func aNewFolderWithAFileIsNotRemoved() throws {
    try desk.mounted { mount in
      let ended = try mount.shell(
        """
        mkdir 'Sam Example'; ls 'Sam Example' >/dev/null; printf words >'Sam Example/Notes/.draft'
        rmdir 'Sam Example/Notes' || rmdir 'Sam Example' || cat 'Sam Example/Notes/.draft'
        """, in: "Open")
      #expect(ended.output == "words", "\(ended.errors)")
      #expect(ended.errors.components(separatedBy: "Directory not empty").count == 3)
    }
  }

  @Test func aNewFolderDoesNotTakeTheNameOfACase() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf words >Notes/a.txt").succeeded()
      let ended = try nadia.mount.shell(
        "mkdir 'Sam Example'; ls 'Sam Example' >/dev/null; mv -T 'Sam Example' \"$1\"", nadia.name,
        in: "Open")
      #expect(ended.status != 0)
      #expect(try Set(nadia.mount.shell("ls -1 Open").lines) == [nadia.name, "Sam Example"])
      try nadia.expect("Notes/a.txt", is: "words")
    }
  }
}
