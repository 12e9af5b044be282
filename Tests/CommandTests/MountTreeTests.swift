import Foundation
import TestSupport
import Testing

/// What is to be seen in a mounted vault.
@Suite(.requiresLinux, .requiresFUSE) struct MountTreeTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// A case with a record of each kind, mounted.
  private func filled(_ client: String, steps: (MountedCase, _ note: String) throws -> Void) throws
  {
    let reference = try desk.openCase("--client", client)
    let note = try desk.note("Rang about the rent.", in: reference, "--title", "Telephone call")
    try desk.mail(message(subject: "My room"), in: reference)
    let scan = try desk.file("letter.odt", "no scan, and kept all the same")
    try desk.casevault("scan", "add", reference, scan, "--as-is").succeeded()
    try desk.mounted {
      try steps(MountedCase(mount: $0, reference: reference, name: "\(reference) \(client)"), note)
    }
  }

  @Test func everythingHasItsPlaceAndItsMode() throws {
    try filled("Zoë Lindqvist-Adeyemi") { zoe, _ in
      let found = try zoe.mount.shell("find . -mindepth 1 -printf '%y %m %U %P\\n'").succeeded()
      let folder = "Open/\(zoe.name)"
      #expect(
        Set(found.lines) == [
          "d 700 0 Closed", "d 700 0 Open", "d 700 0 \(folder)", "f 400 0 \(folder)/Summary.html",
          "d 700 0 \(folder)/Notes", "f 600 0 \(folder)/Notes/Telephone call.txt",
          "d 700 0 \(folder)/Correspondence", "f 600 0 \(folder)/Correspondence/My room.eml",
          "d 700 0 \(folder)/Scans", "f 600 0 \(folder)/Scans/letter.odt",
        ], "\(found.output)")
      try zoe.expect("Notes/Telephone call.txt", is: "Rang about the rent.")
      try zoe.expect("Correspondence/My room.eml", is: message(subject: "My room"))
      try zoe.expect("Scans/letter.odt", is: "no scan, and kept all the same")
    }
  }

  @Test func aCaseWithoutANameIsListedByWhatThereIs() throws {
    let fox = try desk.openCase("--pseudonym", "The Fox")
    let nobody = try desk.openCase("--topic", "Housing")
    try desk.mounted { (mount) throws in
      #expect(
        try Set(mount.shell("ls -1 Open").succeeded().lines)
          == ["\(fox) The Fox", "\(nobody) anonymous"])
    }
  }

  /// A case whose folder is named before anybody listed the others.
  @Test func aCaseIsFoundByItsNameAloneAndTheOthersAreListedAfter() throws {
    let references = try (0..<3).map { try desk.openCase("--client", "Client \($0)") }
    for reference in references { try desk.note("Words", in: reference, "--title", "call") }
    let names = references.enumerated().map { "\($1) Client \($0)" }
    let wrong = [
      "Closed/\(names[1])", "Open/\(references[1])", "Open/\(references[1]) Client 2",
      "Open/\(references[1].lowercased()) Client 1",
    ].filter { $0 != "Open/\(names[1])" }
    for first in [[], wrong] {
      try desk.mounted { (mount) throws in
        for path in first {
          #expect(try mount.shell("ls \"$1\"", path).status != 0, "\(path)")
        }
        #expect(try mount.shell("cat \"Open/$1/Notes/call.txt\"", names[1]).output == "Words")
        #expect(try Set(mount.shell("ls -1 Open").succeeded().lines) == Set(names))
        #expect(try mount.shell("cat \"Open/$1/Notes/call.txt\"", names[2]).output == "Words")
      }
    }
  }

  @Test func timesAndSizesAreThoseOfTheRecord() throws {
    try filled("Nadia") { nadia, note in
      let shown = try desk.records(of: nadia.reference).first { $0["id"] as? String == note }
      let time = try ISO8601DateFormatter().date(from: (shown?["time"] as? String).orThrow())
      let seconds = Int(try time.orThrow().timeIntervalSince1970)
      let ended = try nadia.shell("stat -c '%s %Y %h %F' 'Notes/Telephone call.txt'").succeeded()
      #expect(ended.output == "20 \(seconds) 1 regular file\n")
    }
  }

  /// What `cp -p` and rsync say of a file before it is filed stays, in later mounts too.
  @Test func aTimeThatWasGivenWithTheFileStays() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.file("old.txt", "From the spring.")
    try desk.shell("touch -d '2026-03-04 05:06:07 UTC' old.txt").succeeded()
    let stat = "stat -c %Y Open/*/Notes/old.txt"
    let expected = try desk.shell("stat -c %Y old.txt").succeeded().output
    try desk.mounted { mount in
      try mount.shell("cp -p ../../../../old.txt .", in: "Open/\(reference) Nadia/Notes")
        .succeeded()
      #expect(try mount.shell(stat).output == expected)
    }
    try desk.mounted { (mount) throws in
      #expect(try mount.shell(stat).output == expected)
    }
  }

  /// Times that no manifest can name are cut, and end nothing.
  @Test(arguments: [
    ("-(1 << 63)", 0), ("-1", 0), ("1 << 40", 253_402_300_799), ("(1 << 63) - 1", 253_402_300_799),
  ])
  func aTimeBeyondAllIsCut(seconds: String, shown: Int) throws {
    try filled("Nadia") { nadia, _ in
      let script = try desk.file("set_time.py", Self.setsTime)
      let set = "python3 '\(script)' Notes/a.txt '\(seconds)' && stat -c %Y Notes/a.txt"
      #expect(try nadia.shell(set).succeeded().output == "\(shown)\n")
      #expect(try nadia.shell("cat Notes/a.txt").succeeded().output == "x")
    }
  }

  /// Python's own function refuses some of them.
  private static let setsTime = """
    import ctypes, os, struct, sys
    it = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
    os.write(it, b'x')
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.futimens(it, struct.pack('qqqq', 0, 0, eval(sys.argv[2]), 0)) == 0
    os.close(it)
    """

  @Test func theUsualToolsWalkIt() throws {
    try filled("Nadia") { nadia, _ in
      let mount = nadia.mount
      let listed = try mount.shell("ls -lR .")
      #expect(listed.status == 0 && listed.errors.isEmpty)
      for name in ["Telephone call.txt", "My room.eml", "letter.odt", "Summary.html"] {
        #expect(listed.output.contains(" \(name)\n"))
      }
      let walked = try mount.shell("find . -type f -name '*.txt' -size -10k -newermt 2020-01-01")
      #expect(walked.lines.count == 1 && walked.errors.isEmpty)
      let used = try mount.shell("du -sb \"$1\"/Notes/*.txt", nadia.path).succeeded()
      #expect(used.output.hasPrefix("20\t"))
      #expect(try mount.shell("du -s .").status == 0)
      let room = try mount.shell("df -B1 --output=size,avail . | tail -n 1").succeeded().output
      let numbers = room.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      #expect(numbers.count == 2 && numbers.allSatisfy { $0 > 0 }, "\(room)")
    }
  }

  @Test(.requires("getfattr")) func attributesNameRecordAuthorAndKind() throws {
    try filled("Nadia") { nadia, note in
      let ended = try nadia.shell("getfattr -d -m - 'Notes/Telephone call.txt'").succeeded()
      #expect(
        Set(ended.lines.dropFirst()) == [
          "user.casevault.record=\"\(note)\"", "user.casevault.author=\"Mara Manager\"",
          "user.casevault.kind=\"note\"",
        ])
      let kinds = try nadia.shell(
        "getfattr --only-values -n user.casevault.kind Correspondence/*.eml Scans/*")
      #expect(kinds.output == "mailscan")
      // A program that asks for what no file has here is told so; `ls -l` then asks once.
      let missing = try nadia.python(
        """
        import errno, os
        for name in ['user.other', 'system.posix_acl_access', 'security.selinux']:
          try: os.getxattr('Notes', name)
          except OSError as error: print(errno.errorcode[error.errno])
        """
      ).succeeded()
      #expect(missing.lines[0] == "ENODATA")
      #expect(missing.lines.dropFirst().allSatisfy { ["EOPNOTSUPP", "ENOTSUP"].contains($0) })
    }
  }

  @Test func theSummaryIsHTMLAndSaysWhatIsThere() throws {
    let client = "Nadia <script>&\"Novák\""
    let reference = try desk.openCase("--client", client, "--topic", "Rent <arrears>")
    try desk.note("A word.", in: reference, "--title", "Called <b>twice</b> & wrote")
    try desk.mounted { mount in
      let read = try mount.shell("cat Open/*/Summary.html").succeeded().output
      #expect(!read.contains("<script") && !read.contains("<b>twice"))
      let parsed = try mount.shell(
        """
        cat Open/*/Summary.html | \(Desk.python) -c '
        import html.parser, sys
        class Words(html.parser.HTMLParser):
          def handle_data(self, words): print(words, end="")
        Words().feed(sys.stdin.read())'
        """
      ).succeeded().output
      for words in [client, reference, "Called <b>twice</b> & wrote", "Rent <arrears>"] {
        #expect(parsed.contains(words), "\(words)")
      }
      #expect(try mount.shell("stat -c %s Open/*/Summary.html").output == "\(read.utf8.count)\n")
      for attempt in ["echo x >>", "rm -f", ": >", "truncate -s 0", "mv -t ..", "cp /dev/null"] {
        #expect(try mount.shell("\(attempt) Open/*/Summary.html").status != 0, "\(attempt)")
      }
      #expect(try mount.shell("cat Open/*/Summary.html").output == read)
    }
  }

  @Test func theSummaryFollowsTheCase() throws {
    try filled("Nadia") { nadia, _ in
      try nadia.shell("cat Summary.html >/dev/null; echo words >Notes/Heronbird.txt").succeeded()
      #expect(try eventually { try nadia.text("Summary.html").contains("Heronbird") })
    }
  }

  @Test func oldVersionsAreNotListedAndAreThere() throws {
    try filled("Nadia") { nadia, _ in
      #expect(try nadia.names("Notes", all: true) == ["Telephone call.txt"])
      let hidden = try nadia.shell("stat -c '%F %a' Notes/.versions && ls -A Notes/.versions")
      #expect(hidden.output == "directory 500\n", "\(hidden.errors)")
    }
  }

  @Test func nothingIsExecuted() throws {
    try desk.mountedCase { nadia in
      let options = try FUSE.options(nadia.mount.path).orThrow()
      #expect(Set(options).isSuperset(of: ["nosuid", "nodev", "noexec"]), "\(options)")
      #expect(!options.contains("allow_other"))
      try nadia.shell("cp /bin/true Notes/program").succeeded()
      try nadia.shell("chmod 755 Notes/program").succeeded()
      let ended = try nadia.shell("Notes/program")
      #expect(ended.status == 126 && ended.errors.contains("Permission denied"))
      #expect(try nadia.shell("stat -c %a Notes/program").output == "600\n")
      #expect(try nadia.shell("chown \"$(id -u):$(id -g)\" Notes/program").status == 0)
    }
  }

  @Test func whatNoRecordCanBeIsNotPermitted() throws {
    let attempts = [
      "ln -s x Notes/link", "ln Notes/a.txt Notes/b.txt", "mkfifo Notes/pipe",
      "mknod Notes/device c 1 3", "rmdir Notes", "mv Notes Words", "rmdir ../\"${PWD##*/}\"",
      "mv ../\"${PWD##*/}\" ../Elsewhere",
    ]
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/a.txt").succeeded()
      for attempt in attempts {
        let ended = try nadia.shell(attempt)
        #expect(ended.status != 0, "\(attempt)")
        #expect(ended.errors.contains("Operation not permitted"), "\(attempt): \(ended.errors)")
      }
      #expect(try nadia.names("Notes", all: true) == ["a.txt"])
      #expect(try nadia.mount.shell("ls -1 Open").lines == [nadia.name])
    }
  }

  @Test(.enabled(if: Needs.isRoot, "the kernel refuses all others"))
  func nothingIsGivenToAnotherUser() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/a.txt").succeeded()
      for line in ["chown 12345", "chgrp 12345", "chown 12345:12345"] {
        for file in ["Notes/a.txt", "Notes", "."] {
          let ended = try nadia.shell("\(line) \(file)")
          #expect(ended.status != 0, "\(line) \(file)")
          #expect(ended.errors.contains("Operation not permitted"), "\(ended.errors)")
        }
      }
    }
  }
}
