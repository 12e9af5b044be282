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
      let shown = try desk.shown(sam.reference)
      #expect((shown["client"] as? [String: Any])?["name"] as? String == "Sam Example")
      try sam.expect("\(folder)/a.txt", is: "first\n")
      #expect(try sam.current().count == 1)
      #expect(try cases().count == 1)
      #expect(try mount.shell("rmdir 'Open/Sam Example'").status != 0)
    }
  }

  /// The name that was typed goes on working for the program that made the folder.
  @Test func whoMadeTheFolderGoesOnUnderItsName() throws {
    let program = """
      import os
      os.mkdir('Open/Sam Example'); os.listdir('Open/Sam Example')
      for word in ['one', 'two']:
        with open(f'Open/Sam Example/Notes/{word}.txt', 'w') as it: it.write(word)
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
}
