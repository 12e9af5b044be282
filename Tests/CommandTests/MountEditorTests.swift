import Foundation
import TestSupport
import Testing

/// Programs that people write with, at work in a mounted vault.
@Suite(.requiresLinux, .requiresFUSE) struct MountEditorTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  private static let before = "A cold room.\nA cold reply.\n"
  private static let after = "A warm room.\nA warm reply.\n"

  /// A note that an editor is to change, and what must be true when it has.
  private func edited(
    leaving names: [String] = ["letter.txt"], by change: (MountedCase) throws -> Ended
  ) throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf %s \"$1\" >Notes/letter.txt", Self.before).succeeded()
      let first = try nadia.record(of: "Notes/letter.txt")
      let ended = try change(nadia)
      #expect(ended.status == 0, "\(ended.output)\n\(ended.errors)")
      try nadia.expect("Notes/letter.txt", is: Self.after)
      #expect(try nadia.names("Notes", all: true) == names)
      let versions = try nadia.versions()
      // Helping files are none, and the letter has one new version.
      #expect(versions.count == 2, "\(versions)")
      #expect(versions.filter(\.isCurrent).map(\.replaces) == [[first]])
    }
  }

  @Test(
    .requires("vim"),
    arguments: [
      "nobackup nowritebackup", "nobackup writebackup backupcopy=no",
      "nobackup writebackup backupcopy=yes", "nobackup writebackup backupcopy=auto",
    ])
  func vim(_ options: String) throws {
    try edited { nadia in
      try nadia.shell(
        """
        vim -N -u NONE -i NONE -es --cmd "set swapfile directory=. backupdir=. $1" \
        -c '%s/cold/warm/' -c 'wq' Notes/letter.txt
        """, options)
    }
  }

  @Test(.requires("vim"), arguments: ["backupcopy=no", "backupcopy=yes"])
  func vimThatKeepsABackup(_ option: String) throws {
    try edited(leaving: ["letter.txt", "letter.txt~"]) { nadia in
      try nadia.shell(
        """
        cd Notes && vim -N -u NONE -i NONE -es --cmd "set backup directory=. backupdir=. $1" \
        -c '%s/cold/warm/' -c 'wq' letter.txt
        """, option)
    }
  }

  @Test(.requires("vim")) func vimWritesAsOftenAsItIsAsked() throws {
    try desk.mountedCase { nadia in
      try nadia.shell(
        """
        vim -N -u NONE -i NONE -es --cmd 'set directory=.' -c 'normal ione' -c w \
        -c 'normal otwo' -c w -c 'normal othree' -c wq Notes/new.txt
        """
      ).succeeded()
      try nadia.expect("Notes/new.txt", is: "one\ntwo\nthree\n")
      #expect(try nadia.versions().count == 3)
      #expect(try nadia.names("Notes/.versions").count == 2)
    }
  }

  /// Types at a program in a terminal: each text when the screen has shown another.
  private static let typist = """
    import os, pty, select, sys, time
    child, terminal = pty.fork()
    if child == 0: os.execvp('nano', ['nano', '-I'] + sys.argv[1:])
    end, seen = time.monotonic() + 100, b''
    def wait(text):
      global seen
      while text not in seen:
        if time.monotonic() > end: os.kill(child, 9); sys.exit('no %r in %r' % (text, seen))
        if select.select([terminal], [], [], 0.1)[0]:
          try: seen += os.read(terminal, 65536)
          except OSError: sys.exit('it ended with %r' % seen)
      seen = b''
    wait(b'Exit')
    os.write(terminal, b'\\x1c'); wait(b'Search'); os.write(terminal, b'cold\\r')
    wait(b'with'); os.write(terminal, b'warm\\r'); wait(b'this instance')
    os.write(terminal, b'A'); wait(b'Replaced 2')
    os.write(terminal, b'\\x0f'); wait(b'Write'); os.write(terminal, b'\\r'); wait(b'Wrote 2')
    os.write(terminal, b'\\x18')
    while time.monotonic() < end:
      try:
        if not os.read(terminal, 65536): break
      except OSError: break
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """

  @Test(.requires("nano"), arguments: [[], ["-B"], ["-G"]])
  func nano(_ options: [String]) throws {
    let kept = options == ["-B"] ? ["letter.txt", "letter.txt~"] : ["letter.txt"]
    try edited(leaving: kept) { nadia in
      try nadia.startPython(Self.typist, options + ["Notes/letter.txt"], limit: 120).end()
    }
  }

  @Test func sed() throws {
    try edited { try $0.shell("sed -i s/cold/warm/ Notes/letter.txt") }
  }

  /// A backup with a name that is not a temporary one is a record of its own.
  @Test func sedThatKeepsABackup() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf %s \"$1\" >Notes/letter.txt", Self.before).succeeded()
      try nadia.shell("sed -i.bak s/cold/warm/ Notes/letter.txt").succeeded()
      try nadia.expect("Notes/letter.txt", is: Self.after)
      try nadia.expect("Notes/letter.txt.bak", is: Self.before)
      #expect(try nadia.current().count == 2)
    }
  }

  @Test(.requires("perl")) func perlAndEd() throws {
    try edited { try $0.shell("perl -pi -e 's/cold/warm/' Notes/letter.txt") }
  }

  @Test func sortWritesOverWhatItRead() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf 'b\\na\\nc\\n' >Notes/a.txt && sort -o Notes/a.txt Notes/a.txt")
        .succeeded()
      try nadia.expect("Notes/a.txt", is: "a\nb\nc\n")
      #expect(try nadia.versions().count == 2)
    }
  }

  @Test(.requires("soffice"))
  func libreOfficeOpensConvertsAndSaves() throws {
    try desk.mountedCase { nadia in
      func convert(_ file: String, to format: String, in folder: String) throws -> Ended {
        try nadia.shell(
          """
          soffice "-env:UserInstallation=file://$1/office" --headless --norestore \
          --convert-to "$2" --outdir "$3" "$4"
          """, desk.files.path, format, folder, file, limit: 120
        ).succeeded()
      }
      try nadia.shell("printf 'Dear Heronbird,\\n' >Notes/letter.txt").succeeded()
      _ = try convert("Notes/letter.txt", to: "odt", in: "Notes")
      let first = try nadia.record(of: "Notes/letter.odt")
      _ = try convert("Notes/letter.odt", to: "pdf", in: "Scans")
      // A save over what is there: a temporary file, a lock, a rename.
      try nadia.shell("printf 'Dear Wombat,\\n' >Notes/letter.txt").succeeded()
      _ = try convert("Notes/letter.txt", to: "odt", in: "Notes")
      #expect(try nadia.names("Notes", all: true) == ["letter.odt", "letter.txt"])
      #expect(try nadia.text("Scans/letter.pdf").hasPrefix("%PDF-"))
      let sound = try nadia.python(
        """
        import zipfile
        document = zipfile.ZipFile('Notes/letter.odt')
        print(document.testzip(), b'Wombat' in document.read('content.xml'))
        """)
      #expect(sound.output == "None True\n", "\(sound.errors)")
      try nadia.expectEachIsItsRecord(in: "Notes", count: 2)
      try nadia.expectEachIsItsRecord(in: "Scans", count: 1)
      let current = try nadia.current()
      #expect(current.count == 3, "\(current)")
      #expect(try nadia.versions().contains { $0.replaces.contains(first) })
    }
  }
}
