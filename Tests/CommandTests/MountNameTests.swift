import Foundation
import TestSupport
import Testing

/// What files and folders of a mounted vault are called.
@Suite(.requiresLinux, .requiresFUSE) struct MountNameTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  private static let titles = [
    #"A/B: "C" <D> | E? * \ F"#, "..", ".", "CON", "con.txt", "Aux", "LPT1.pdf", "Ends with a dot.",
    "Ends with a blank ", "  ", "😀🏳️‍🌈 e\u{301} é", "Zoë.odt", ".hidden", "~$letter.docx",
    "notes.tmp", "letter.txt~", "Summary.html", ".versions", "Notes", "a\u{202e}txt.exe",
    String(repeating: "x", count: 255), String(repeating: "😀", count: 63),
    String(repeating: "é", count: 125) + ".odt", String(repeating: "é", count: 125) + ".odt",
  ]

  /// Why Linux, macOS or Windows would not take a name; nil where all do.
  private static func trouble(_ name: String) -> String? {
    let reserved =
      ["CON", "PRN", "AUX", "NUL"] + (1...9).flatMap { ["COM\($0)", "LPT\($0)"] }
    let stem = name.split(separator: ".", omittingEmptySubsequences: false).first.map(String.init)
    if name.utf8.count > 255 { return "too long" }
    if name.contains(where: { #"\/:*?"<>|"#.contains($0) }) { return "a character" }
    if name.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) {
      return "a control"
    }
    if name.hasSuffix(".") || name.hasSuffix(" ") { return "its end" }
    return reserved.contains((stem ?? "").uppercased()) ? "a device of Windows" : nil
  }

  /// What happens to a file under one of its names is so under the other at once.
  @Test func aFileHasTwoNamesAndIsOne() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.shell(
        """
        set -e; cd Notes
        echo 1 >'Call 10:30.txt'; ls -l >/dev/null; rm 'Call 10:30.txt'; echo kept >'Call 10_30.txt'
        cat 'Call 10_30.txt' 'Call 10:30.txt' 2>/dev/null || :
        echo one >'Re: x.txt'; ls -l >/dev/null; echo two >x.tmp; mv x.tmp 'Re: x.txt'
        cat 'Re: x.txt' 'Re_ x.txt'; echo three >>'Re_ x.txt'; cat 'Re: x.txt'
        echo precious >'Frage?.txt'; ls -l >/dev/null; mv 'Frage?.txt' Antwort.txt
        echo new >'Frage_.txt'; cat Antwort.txt 'Frage_.txt'
        echo plain >plain.txt; cat plain.txt >/dev/null; mv plain.txt 'a:b.txt'
        ls -l >/dev/null; mv a_b.txt c.txt; echo fresh >'a:b.txt'; cat c.txt 'a:b.txt'
        echo 4 >'To: y.txt'; echo 5 >y.tmp; mv y.tmp 'To_ y.txt'; echo 6 >>'To: y.txt'
        cat To*
        """
      ).succeeded()
      #expect(
        ended.lines == [
          "kept", "two", "two", "two", "three", "precious", "new", "plain", "fresh", "5", "6",
        ], "\(ended.lines)")
      let python = try nadia.python(
        """
        import os
        os.chdir('Notes')
        def put(name, text): open(name, 'w').write(text)
        one, other = '\\u00fcber.txt', 'u\\u0308ber.txt'
        put(one, '1'); os.stat(other); os.stat(one); os.unlink(other); put(one, 'kept')
        print(open(one).read(), open(other).read())
        long = 'x' * 220 + '.txt'
        put(long, '1'); shown = [n for n in os.listdir('.') if n.startswith('xx')][0]
        os.stat(shown); os.unlink(long); put(shown, 'kept')
        print([open(n).read() for n in os.listdir('.') if n.startswith('xx')])
        """
      ).succeeded()
      #expect(python.lines == ["kept kept", "['kept']"], "\(python.output)")
      try nadia.expect("Notes/Re_ x.txt", is: "two\nthree\n")
      // Who saves under the name that is shown means the one that was typed.
      #expect(try nadia.current().contains { $0.file == "Re: x.txt" || $0.title == "Re: x.txt" })
    }
  }

  @Test func theTestKnowsAnUnsafeName() {
    for name in ["a:b", "CON.txt", "nul", "a.", "a ", String(repeating: "é", count: 128)] {
      #expect(Self.trouble(name) != nil, "\(name)")
    }
    #expect(Self.trouble("Zoë 😀 (x7ab).txt") == nil)
  }

  @Test func whateverTheTitleTheNameIsSafeAndOpensTheRecord() throws {
    let reference = try desk.openCase("--client", "Nadia")
    var texts: [String: String] = [:]
    try desk.unlocked {
      for (number, title) in Self.titles.enumerated() {
        let text = "Note \(number)"
        texts[try desk.note(text, in: reference, "--title", title)] = text
      }
    }
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      let listed = try nadia.python(
        """
        import json, os
        for name in os.listdir('Notes'):
          record = os.getxattr('Notes/' + name, 'user.casevault.record').decode()
          print(json.dumps({'name': name, 'record': record, 'text': open('Notes/' + name).read()}))
        """
      ).succeeded().objects()
      #expect(listed.count == Self.titles.count)
      for file in listed {
        let name = try (file["name"] as? String).orThrow()
        #expect(Self.trouble(name) == nil, "\(name): \(Self.trouble(name) ?? "")")
        let text = try texts[(file["record"] as? String).orThrow()].orThrow()
        #expect(file["text"] as? String == text, "\(name)")
      }
      let names = listed.compactMap { ($0["name"] as? String)?.lowercased() }
      #expect(Set(names).count == names.count, "\(names)")
      #expect(names.contains("a_b_ _c_ _d_ _ e_ _ _ f.txt"), "\(names)")
    }
  }

  @Test func whateverTheClientTheFolderIsSafeAndHasItsCase() throws {
    let clients = [
      #"A/B: "C" <D> | E? * \ F"#, "..", "CON", "Dr. Ends with a dot.", "😀 Zoë",
      String(repeating: "x", count: 255),
    ]
    var references: [String] = []
    for client in clients { references.append(try desk.openCase("--client", client)) }
    try desk.mounted { mount in
      let names = try mount.shell("ls -1 Open").succeeded().lines
      #expect(names.count == clients.count)
      for reference in references {
        let name = try names.first { $0.hasPrefix("\(reference) ") }.orThrow()
        #expect(Self.trouble(name) == nil, "\(name)")
        #expect(try mount.shell("ls -1 \"$1\"", name, in: "Open").lines.count == 4)
      }
      #expect(names.contains("\(references[0]) A_B_ _C_ _D_ _ E_ _ _ F"))
    }
  }

  @Test func theOlderOfTwoKeepsTheName() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let titles = ["Telephone call", "Telephone call", "TELEPHONE CALL"]
    let records = try titles.enumerated().map {
      try desk.note("Call \($0.offset)", in: reference, "--title", $0.element)
    }
    let expected = [
      "Telephone call.txt", "Telephone call (\(records[1].prefix(4))).txt",
      "TELEPHONE CALL (\(records[2].prefix(4))).txt",
    ]
    for _ in 1...2 {
      try desk.mounted { (mount) throws in
        let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
        #expect(try Set(nadia.names("Notes")) == Set(expected))
        for (number, name) in expected.enumerated() {
          #expect(try nadia.text("Notes/\(name)") == "Call \(number)")
        }
      }
    }
  }

  /// Two notes of one title, as calls have it: however a program makes room for what it saves, it saves
  /// the one and not the other.
  @Test(
    arguments: [
      "mv Call.txt Call.txt~; echo new >Call.txt; rm Call.txt~",
      "mv Call.txt Call.txt.bak; echo new >Call.txt; rm Call.txt.bak",
      "mv Call.txt .call; echo new >Call.txt; rm .call",
      "sed -i.bak s/first/new/ Call.txt; rm Call.txt.bak",
      "rm Call.txt; echo new >Call.txt", "rm Call.txt; echo new >x.tmp; mv x.tmp Call.txt",
      "echo new >../../../../new; cp --remove-destination ../../../../new Call.txt",
      "echo new >../../../../new; cp --backup=simple -S .bak ../../../../new Call.txt; rm Call.txt.bak",
      "sed -i s/first/new/ Call.txt", "echo new >Call.txt",
    ])
  func ofTwoThatAreCalledTheSameOneIsSaved(_ line: String) throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.note("first\n", in: reference, "--title", "Call")
    let second = try desk.note("second\n", in: reference, "--title", "Call")
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      let other = "Call (\(second.prefix(4))).txt"
      #expect(try Set(nadia.names("Notes")) == ["Call.txt", other])
      try nadia.shell("set -e; cd Notes; \(line)").succeeded()
      for _ in 1...2 {
        try nadia.expect("Notes/Call.txt", is: "new\n")
        try nadia.expect("Notes/\(other)", is: "second\n")
        #expect(try Set(nadia.names("Notes")) == ["Call.txt", other])
        #expect(try nadia.current().count == 2)
        try mount.casevault("unmount", mount.path).succeeded()
        try mount.begin()
      }
    }
  }

  /// What is shown with a mark and saved by making room for it goes on as it was typed.
  @Test func whatHasAMarkIsSavedAsItWasTyped() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let first = try desk.note("first", in: reference, "--title", "Call")
    let second = try desk.note("second", in: reference, "--title", "Call")
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      try nadia.shell(
        "set -e; cd Notes; mv \"$1\" x~; echo new >\"$1\"; rm x~ Call.txt",
        "Call (\(second.prefix(4))).txt"
      ).succeeded()
      #expect(try nadia.current().first?.replaces.contains(first) == false)
      #expect(try eventually { try nadia.names("Notes") == ["Call.txt"] })
      try nadia.expect("Notes/Call.txt", is: "new\n")
    }
  }

  /// Two that differ in capitals only are shown under two names; each goes on under the one it was
  /// saved as.
  @Test func whatDiffersInCapitalsOnlyIsSavedAsItWasTyped() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo 1 >Notes/A.txt; echo 2 >Notes/a.txt").succeeded()
      var marked = ""
      for number in 3...4 {
        #expect(
          try eventually {
            marked = try nadia.names("Notes").first { $0.hasPrefix("a (") } ?? ""
            return !marked.isEmpty
          })
        try nadia.shell("echo \(number) >Notes/a.txt").succeeded()
        try nadia.expect("Notes/a.txt", is: "\(number)\n")
        try nadia.expect("Notes/\(marked)", is: "\(number)\n")
      }
      try nadia.shell("mv Notes/A.txt Notes/z.txt").succeeded()
      #expect(try eventually { try nadia.names("Notes") == ["a.txt", "z.txt"] })
      try nadia.expect("Notes/a.txt", is: "4\n")
      #expect(try nadia.current().count == 2)
    }
  }

  /// Programs and people type what the file was called.
  @Test func aNameAsItWasTypedFindsItsFile() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let mail = message(subject: "Re: rent?")
    try desk.mail(mail, in: reference)
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      #expect(try nadia.names("Correspondence") == ["Re_ rent_.eml"])
      try nadia.expect("Correspondence/Re: rent?.eml", is: mail)
      try nadia.shell("echo words >'Notes/9:30 <Nadia>.txt'").succeeded()
      #expect(try nadia.names("Notes") == ["9_30 _Nadia_.txt"])
      try nadia.shell("echo more >>'Notes/9:30 <Nadia>.txt'").succeeded()
      try nadia.expect("Notes/9_30 _Nadia_.txt", is: "words\nmore\n")
      #expect(try nadia.current().count == 2)
    }
  }

  @Test func theNameIsTheSameInTheNextMount() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let names = ["letter.odt", "no extension", "Zoë 😀.txt", "archive.tar.gz", "UPPER.PDF"]
    for turn in 1...2 {
      try desk.mounted { mount in
        let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
        for name in names where turn == 1 {
          try nadia.shell("echo \"$1\" >\"Notes/$1\"", name).succeeded()
        }
        #expect(try Set(nadia.names("Notes")) == Set(names))
        for name in names { try nadia.expect("Notes/\(name)", is: "\(name)\n") }
      }
    }
  }

  /// Of what could not be kept nothing is begun.
  @Test(arguments: ["a\\nb", "a\\x1bb", "a\\x7fb", "a\\xffb", "a\\xc2\\x85b"])
  func aNameThatNoRecordCouldKeepIsRefused(_ name: String) throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.python(
        """
        import errno, os
        name = b'\(name)'; open('Notes/x.txt', 'w').write('x')
        for attempt in [
          lambda: os.open(b'Notes/' + name, os.O_CREAT | os.O_WRONLY),
          lambda: os.rename(b'Notes/x.txt', b'Notes/' + name), lambda: os.mkdir(b'../' + name)]:
          try: print(attempt())
          except OSError as error: print(errno.errorcode[error.errno])
        """
      ).succeeded()
      #expect(ended.output == "EINVAL\nEINVAL\nEINVAL\n")
      #expect(try nadia.names("Notes", all: true) == ["x.txt"])
      #expect(try nadia.mount.shell("ls -A Open").lines == [nadia.name])
    }
  }

  @Test func aNameThatIsTooLongForARecordIsRefused() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.python(
        """
        import errno, os
        open('Notes/x.txt', 'w').write('x')
        for name in ['x' * 256, '\\u00eb' * 128]:
          for attempt in [
            lambda: os.open('Notes/' + name, os.O_CREAT | os.O_WRONLY),
            lambda: os.rename('Notes/x.txt', 'Notes/' + name), lambda: os.mkdir('../' + name)]:
            try: print(attempt())
            except OSError as error: print(errno.errorcode[error.errno])
        name = '\\u00eb' * 127
        os.rename('Notes/x.txt', 'Notes/' + name); print(open('Notes/' + name).read())
        """
      ).succeeded()
      #expect(ended.lines == [String](repeating: "ENAMETOOLONG", count: 6) + ["x"])
      #expect(try nadia.current().count == 1)
    }
  }
}
