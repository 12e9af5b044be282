import Foundation
import TestSupport
import Testing

/// Two members with the same vault mounted, each at their own computer.
@Suite(.requiresLinux, .requiresFUSE) struct MountOfficeTests {
  private let office: OfficeDesks
  private let ada: Seat
  private let reference: String

  init() throws {
    office = try OfficeDesks()
    ada = try office.join("Ada", "adviser")
    reference = try office.desk.openCase("--client", "Nadia")
  }

  /// Runs steps with both mounts.
  private func together(_ steps: (_ mara: MountedCase, _ ada: MountedCase) throws -> Void) throws {
    try office.mara.mounted { mara in
      try ada.mounted { ada in
        try steps(folder(in: mara), folder(in: ada))
      }
    }
  }

  private func folder(in mount: Mount) -> MountedCase {
    MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
  }

  @Test func whatOneFilesTheOtherSeesSoon() throws {
    try together { mara, ada in
      #expect(try ada.names("Notes").isEmpty)
      try mara.shell("echo words >Notes/a.txt").succeeded()
      #expect(try eventually { try ada.names("Notes") == ["a.txt"] })
      try ada.expect("Notes/a.txt", is: "words\n")
      // A new version, though the kernel has the old one in its memory.
      try mara.shell("echo more >>Notes/a.txt").succeeded()
      #expect(try eventually { try ada.text("Notes/a.txt") == "words\nmore\n" })
      #expect(try eventually { try ada.shell("stat -c %s Notes/a.txt").output == "11\n" })
      // Back again, another name, and away.
      try ada.shell("echo and more >>Notes/a.txt").succeeded()
      #expect(try eventually { try mara.text("Notes/a.txt") == "words\nmore\nand more\n" })
      try mara.shell("mv Notes/a.txt Notes/b.txt").succeeded()
      #expect(try eventually { try ada.names("Notes") == ["b.txt"] })
      try ada.shell("rm Notes/b.txt").succeeded()
      #expect(try eventually { try mara.names("Notes").isEmpty })
      #expect(try eventually { try mara.shell("cat Notes/b.txt").status != 0 })
    }
  }

  @Test func whatACommandFilesIsSeenToo() throws {
    try together { mara, ada in
      #expect(try ada.names("Correspondence").isEmpty && mara.names("Correspondence").isEmpty)
      try office.desk.mail(message(subject: "My room"), in: reference)
      for seen in [mara, ada] {
        #expect(try eventually { try seen.names("Correspondence") == ["My room.eml"] })
        #expect(try eventually { try seen.text("Summary.html").contains("My room") })
      }
    }
  }

  @Test func aNewCaseOfOneIsTheOthersToo() throws {
    try together { mara, ada in
      try mara.mount.shell("mkdir 'Open/Sam Example'").succeeded()
      // Nobody else sees it before it is a case.
      #expect(try ada.mount.shell("ls Open").output == "\(ada.name)\n")
      try mara.mount.shell("echo words >'Open/Sam Example/Notes/a.txt'").succeeded()
      #expect(try eventually { try ada.mount.shell("ls Open").output.contains(" Sam Example\n") })
      #expect(try ada.mount.shell("cat Open/*' Sam Example/Notes/a.txt'").output == "words\n")
    }
  }

  /// Both have it open when the first of them saves.
  @Test func ofTwoChangesAtOnceBothAreKeptAndShown() throws {
    try together { mara, ada in
      try mara.shell("echo words >Notes/a.txt").succeeded()
      let first = try mara.record(of: "Notes/a.txt")
      #expect(try eventually { try ada.names("Notes") == ["a.txt"] })
      try mara.python(
        """
        import sys
        both = [open(path + '/Notes/a.txt', 'r+') for path in sys.argv[1:]]
        for who, it in zip(['mara', 'ada'], both): assert it.read() == 'words\\n'; it.write(who)
        for it in both: it.close()
        """, mara.path, ada.path
      ).succeeded()
      let current = try mara.current()
      #expect(current.count == 2 && current.allSatisfy { $0.replaces.contains(first) })
      for seen in [mara, ada] {
        #expect(try eventually { try seen.names("Notes").count == 2 })
        let names = try seen.names("Notes")
        #expect(names.contains("a.txt"))
        let texts = try names.map { try seen.text("Notes/\($0)") }
        #expect(Set(texts) == ["words\nmara", "words\nada"], "\(names)")
        try seen.expectEachIsItsRecord(in: "Notes", count: 2)
      }
      // Both computers call the two the same, and go on doing so whoever goes on with one of them.
      let names = try mara.names("Notes")
      #expect(try ada.names("Notes") == names)
      let marked = try names.first { $0 != "a.txt" }.orThrow()
      let record = try mara.record(of: "Notes/\(marked)")
      #expect(marked == "a (\(record.prefix(4))).txt")
      for (number, name) in (names + names.reversed()).enumerated() {
        try ada.shell("echo \(number) >\"$1\"", "Notes/\(name)").succeeded()
        #expect(try eventually { try mara.text("Notes/\(name)") == "\(number)\n" })
        for seen in [mara, ada] {
          #expect(try eventually { try seen.names("Notes") == names })
          try seen.expect("Notes/\(name)", is: "\(number)\n")
        }
      }
      #expect(try mara.current().count == 2)
    }
  }

  /// Whoever had it open and changed nothing, or had saved it before, sees what the other saved.
  @Test(arguments: ["", "it.write('mara'); it.flush(); os.close(os.dup(it.fileno()))"])
  func whoHadItOpenSeesWhatTheOtherSaved(_ save: String) throws {
    try together { mara, ada in
      try mara.shell("echo words >Notes/a.txt").succeeded()
      #expect(try eventually { try ada.names("Notes") == ["a.txt"] })
      let running = try mara.startPython(
        """
        import os, sys, time
        it = open('Notes/a.txt', 'r+'); \(save)
        open(sys.argv[1] + '/ready', 'w').close(); end = time.monotonic() + 90
        while not os.path.exists(sys.argv[1] + '/go') and time.monotonic() < end: time.sleep(0.01)
        """, [office.desk.files.path], limit: 100)
      defer { running.stop() }
      #expect(eventually { office.desk.files.exists("ready") })
      let before = save.isEmpty ? "words\n" : "mara" + "s\n"
      #expect(try eventually { try ada.text("Notes/a.txt") == before })
      try ada.shell("echo ada >Notes/a.txt").succeeded()
      // The one who has it open sees that there is more, and what is open stays.
      #expect(try eventually { try mara.names("Notes").count == 2 })
      try office.desk.files.plant([], at: "go")
      _ = try running.end()
      for seen in [mara, ada] {
        #expect(try eventually { try seen.text("Notes/a.txt") == "ada\n" })
        #expect(try seen.names("Notes") == ["a.txt"])
      }
    }
  }

  /// One has it open for long; what the other saves meanwhile is not lost.
  @Test func aSaveByRenameMeetsAnOpenFile() throws {
    try together { mara, ada in
      try mara.shell("echo words >Notes/a.txt").succeeded()
      #expect(try eventually { try ada.names("Notes") == ["a.txt"] })
      try ada.python(
        """
        import os, sys, subprocess
        it = open('Notes/a.txt', 'r+'); it.read()
        subprocess.run(['sed', '-i', 's/words/other/', sys.argv[1] + '/Notes/a.txt'], check=True)
        it.write('mine'); it.close()
        """, mara.path
      ).succeeded()
      for seen in [mara, ada] {
        #expect(
          try eventually {
            let texts = try seen.names("Notes").map { try seen.text("Notes/\($0)") }
            return Set(texts) == ["other\n", "words\nmine"]
          })
      }
      let check = try office.desk.casevault("check", "--deep")
      #expect(check.output.contains("Nothing is wrong."))
    }
  }

  /// A program that reads a file while a colleague saves sees one version or the other.
  @Test func anOpenFileIsOneVersionOrTheOther() throws {
    try together { mara, ada in
      try mara.shell("echo words >Notes/a.txt").succeeded()
      #expect(try eventually { try ada.names("Notes") == ["a.txt"] })
      let read = try ada.shell(
        """
        exec 3<Notes/a.txt; echo other >"$1/Notes/a.txt"
        i=0; until [ "$(cat Notes/a.txt)" = other ] || [ $i = 200 ]; do i=$((i + 1)); sleep 0.1; done
        cat <&3; cat Notes/a.txt
        """, mara.path)
      #expect(["words\nother\n", "other\nother\n"].contains(read.output), "\(read.output)")
    }
  }

  @Test func theLogNamesWhoWasAtTheirComputer() throws {
    try together { mara, ada in
      try mara.shell("echo words >Notes/a.txt").succeeded()
      let record = try mara.record(of: "Notes/a.txt")
      #expect(try eventually { try ada.shell("cat Notes/a.txt").output == "words\n" })
      #expect(
        try eventually {
          let shown = try office.mara.run(["log", "show", "--json"]).succeeded().objects()
          let opened = shown.filter { $0["action"] as? String == "mount open" }
            .filter { $0["record"] as? String == record }
          return Set(opened.compactMap { $0["member"] as? String }) == ["Ada"]
        })
    }
  }

  /// Whoever asks only how long the summary is hears of what others filed, too.
  @Test func theSummarysSizeFollowsWhatOthersFile() throws {
    try together { mara, ada in
      func size() throws -> String { try ada.shell("stat -c %s Summary.html").succeeded().output }
      let before = try size()
      try mara.shell("echo words >'Notes/A name that makes it longer.txt'").succeeded()
      #expect(try eventually { try size() != before })
    }
  }
}
