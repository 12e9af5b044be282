import Commands
import Foundation
import TestSupport
import Testing

/// `casevault doctor`: what it finds of what other programs left, and what it leaves alone.
@Suite(.requiresLinux) struct DoctorTests {
  let desk: Desk
  /// A mount that is no more, with a name that every program spells in its own way.
  private let mount = "Fälle É & Co"
  private static let folder = "Open/Sam Quetzal"
  private static let secret = "Grabfield"

  init() throws {
    desk = try Desk(founded: false)
    try desk.files.makeFolder("scratch")
  }

  private func doctor(_ arguments: String...) throws -> Ended {
    try desk.run(["doctor"] + arguments, environment: environment)
  }

  private var environment: [String: String?] {
    ["TMPDIR": desk.files.at("scratch"), "CASEVAULT_PASSPHRASE_COMMAND": nil]
  }

  /// What was found in the person's own folder, by name and path below it.
  private func found(_ arguments: String...) throws -> [[String]] {
    let ended = try desk.run(["doctor", "--json"] + arguments, environment: environment)
    return try found(in: ended)
  }

  private func found(in ended: Ended) throws -> [[String]] {
    let objects = try ended.objects()
    let allAreFine = objects.allSatisfy { $0["ok"] as? Bool == true }
    #expect(ended.status == (allAreFine ? 0 : 3))
    #expect(ended.errors.isEmpty)
    let root = desk.files.at("x").dropLast()
    return try objects.filter { $0["kind"] as? String == "leftover" && $0["ok"] as? Bool == false }
      .compactMap { object in
        #expect((object["hint"] as? String)?.isEmpty == false)
        let name = try (object["name"] as? String).orThrow()
        guard let path = object["path"] as? String else { return [name] }
        return path.hasPrefix(root) ? [name, String(path.dropFirst(root.count))] : nil
      }
  }

  /// Text in which `FILE` is a file on the mount, in several spellings.
  private func filled(_ text: String) -> [UInt8] {
    if text.contains("ZSH") {
      // zsh marks bytes that mean something to it with 0x83, and alters them.
      return filled(text.replacing("ZSH", with: "SHELL")).flatMap { byte -> [UInt8] in
        (0x83...0xa2).contains(byte) ? [0x83, byte ^ 32] : [byte]
      }
    }
    let whole = "\(desk.files.at(mount))/\(Self.folder)/Notes/\(Self.secret).txt"
    let uri = whole.addingPercentEncoding(
      withAllowedCharacters: .urlPathAllowed.subtracting(["&"])
    ).orEmpty
    let short = "~/\(mount)/\(Self.folder)/Notes/\(Self.secret).txt"
    return Array(
      text.replacing("FILE", with: whole).replacing("SHORT", with: short)
        .replacing("XML", with: whole.replacing("&", with: "&amp;"))
        .replacing("URI", with: "file://\(uri)")
        .replacing("SHELL", with: short.replacing(/[ &]/) { "\\\($0.output)" })
        .replacing("MARKED", with: whole.replacing("/", with: "%"))
        .replacing("EMACS", with: whole.replacing("/", with: "!"))
        .replacing("VIEW", with: short.replacing("/", with: "=+")).utf8)
  }

  private static let planted: [[String]] = [
    ["vim", ".viminfo", "# Marks\n'0  3  2  SHORT\n"],
    ["vim", ".vim/swap/x.swp", "b0VIM 9.0\0\0\0\0root\0FILE\0\0"],
    ["vim", ".vim/undo/MARKED", "\u{9f}UnDo"], ["vim", ".vim/view/VIEW=", "let x = 1"],
    ["vim", ".vim/.netrwhist", "let g:netrw_dirhist_1='FILE'\n"],
    ["neovim", ".local/state/nvim/shada/main.shada", "\u{4}\0\0SHORT\0"],
    ["neovim", ".local/state/nvim/shada/tmp.shada", "\u{4}\0\0FILE\0"],
    ["neovim", ".local/state/nvim/undo/MARKED", ""],
    ["neovim", ".local/share/nvim/swap/MARKED.swp", ""],
    ["emacs", ".emacs.d/recentf", "(setq recentf-list '(\"SHORT\"))"],
    ["emacs", ".emacs.d/backups/EMACS~", ""],
    ["nano", ".local/share/nano/filepos_history", "FILE 3 1\n"],
    ["less", ".lesshst", ".less-history-file:\n.mark\nm a 1 20 FILE\n"],
    ["shell", ".bash_history", "ls\nvim SHELL\n"],
    ["shell", ".bash_history", "cat ~/'Fälle É & Co'/Open/\"7K3Q-M2XW Zoë\"/Notes/x\n"],
    ["shell", ".bash_history", "cd 7K3Q-M2XW\\ Zoë\\ Quetzal/\n"],
    ["shell", ".bash_history", "vim \"7K3Q-M2XW Zoë Quetzal/Notes/x\"\n"],
    ["shell", ".zsh_history", ": 1700000000:0;casevault case open --client Quetzal\n"],
    ["shell", ".zsh_history", ": 1700000000:0;vim ZSH\n"],
    ["shell", ".local/share/fish/fish_history", "- cmd: casevault case find Quetzal\n"],
    ["recent files", ".local/share/recently-used.xbel", "<bookmark href=\"URI\" added=\"\">"],
    ["recent files", ".local/share/user-places.xbel", "href=\"file:///gone/Open/7K3Q-M2XW%20Zo\""],
    ["recent files", ".local/share/RecentDocuments/x.desktop", "URL[$e]=URI\n"],
    ["recent files", ".local/share/okular/docdata/1.x.xml", "<documentInfo url=\"XML\">"],
    ["libreoffice", ".config/libreoffice/4/user/registrymodifications.xcu", "oor:name=\"URI\""],
    ["libreoffice", ".config/libreoffice/4/user/backup/x.odt_0.odt", "PK"],
    ["trash", ".local/share/Trash/info/x.txt.trashinfo", "[Trash Info]\nPath=URI\n"],
    ["index", ".cache/tracker3/files/meta.db", "SQLite format 3\0\0\u{1}URI\u{1}"],
    ["index", ".local/share/baloo/index", "\u{1}\u{2}7K3Q-M2XW Zoë Quetzal\u{1}"],
    ["thumbnails", ".cache/thumbnails/fail/gnome/x.png", "\u{89}PNG\0tEXtThumb::URI\0URI\0"],
    ["temporary files", "scratch/x.txt.swp", "b0VIM"],
    ["temporary files", "scratch/.x.kate-swp", ""],
    ["temporary files", "scratch/#x#", ""], ["temporary files", "scratch/nano.8dJk2x", ""],
    ["temporary files", "scratch/vXa8d2k/0", ""], ["temporary files", "tmp/x.txt~", ""],
    ["temporary files", "scratch/lu12.tmp/lu34.tmp", ""],
    ["temporary files", "scratch/nvim.mara/aBc/0", ""],
  ]

  @Test(arguments: planted) func aLeftoverIsFoundAndNotShown(_ planted: [String]) throws {
    let path = String(decoding: filled(planted[1]), as: UTF8.self)
    try desk.files.plant(filled(planted[2] + "\n\(Self.secret) said\n"), at: path)
    let mount = desk.files.at(mount)
    #expect(try found(mount) == [[planted[0], path]])
    let shown = try doctor(mount)
    #expect(shown.status == 3)
    #expect(shown.output.contains("  look  \(planted[0])"))
    #expect(shown.output.contains("\(path): "))
    if path == planted[1] {
      // Temporary folders have names made by chance: this desk's, and those of other mounts.
      let output = shown.lines.filter { !$0.contains("  mounts  ") }.joined(separator: "\n")
        .replacing(desk.files.at("x").dropLast(), with: "")
      #expect(!output.contains("Zo"))
      for word in [Self.secret, "Quetzal"] { #expect(!shown.output.contains(word)) }
    }
    #expect(try doctor("--quiet", mount).lines.contains(desk.files.at(path)))
  }

  @Test func aThumbnailSaysWhoseItIs() throws {
    // As GNOME writes them: the chunk after the header, then the picture.
    let text = Array("Thumb::URI\0".utf8) + filled("URI")
    let picture =
      [UInt8]([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])
      + Array("IHDR".utf8) + [UInt8](repeating: 1, count: 17)
      + [0, 0, UInt8(text.count >> 8), UInt8(text.count & 255)] + Array("tEXt".utf8) + text
      + [UInt8](repeating: 0xfe, count: 70_000)
    try desk.files.plant(picture, at: ".cache/thumbnails/large/0cc175b9c0f1b6a8.png")
    #expect(
      try found(desk.files.at(mount)) == [
        ["thumbnails", ".cache/thumbnails/large/0cc175b9c0f1b6a8.png"]
      ])
  }

  @Test func aCleanHomeIsClean() throws {
    #expect(try found(desk.files.at(mount)).isEmpty)
    #expect(try found().isEmpty)
    #expect(!desk.home.exists(""), "looking makes no home")
    // There are lists, and a mount and its top are in them; nobody's name is.
    let other = "> ~/Other/x.txt\nfile:///srv/Open/7K3Q-M2XD/x \(desk.files.at("Fälle"))/x\n"
    for path in Set(Self.planted.map { $0[1] }) where path.hasPrefix(".") {
      let isCopy = path.contains("/backup/")
      if !isCopy { try desk.files.plant(Array(other.utf8), at: path) }
    }
    let typed = """
      casevault mount ~/Fälle\\ É\\ \\&\\ Co
      cd ~/'Fälle É & Co'/
      cd ~/Fälle\\ É\\ \\&\\ Co/Open; ls \(desk.files.at("Fälle\\ É\\ \\&\\ Co"))/Closed/
      casevault case show 7K3Q-M2XW
      casevault get 7K3Q-M2XW abcd -o x.pdf
      """
    try desk.files.plant(Array(typed.utf8), at: ".bash_history")
    for name in ["x.txt", "vim", "notes.pdf", "TemporaryDirectory.hTCXK7"] {
      try desk.files.plant([], at: "scratch/\(name)")
    }
    #expect(try found(desk.files.at(mount)).isEmpty)
  }

  @Test func earlierMountsAreKnownFromTheirList() throws {
    let said = Array("> \(desk.files.at(mount))/Open/Sam Example/Notes/x.txt\n".utf8)
    try desk.files.plant(said, at: ".viminfo")
    #expect(try found().isEmpty)
    for list in ["/nowhere\n\(desk.files.at(mount))\n", "relative\n\n\(desk.files.at(mount))"] {
      try desk.home.plant(Array(list.utf8), at: "mounts")
      #expect(chmod(desk.home.path, 0o700) == 0)
      #expect(try found() == [["vim", ".viminfo"]])
    }
    // A list that is a pipe or too long is not waited for, and not read to its end.
    try desk.home.plant(
      Array((String(repeating: "/x\n", count: 30_000) + desk.files.at(mount)).utf8), at: "mounts")
    #expect(try found().isEmpty)
    try desk.home.remove("mounts")
    try desk.home.plantPipe("mounts")
    #expect(try found().isEmpty)
  }

  @Test func aMountMayBeNamedFromWhereThePersonIs() throws {
    try desk.files.plant(
      Array("> \(desk.files.at("Mnt"))/Open/Sam Example/x\n".utf8), at: ".viminfo")
    try desk.files.plantLink("here", to: desk.files.path)
    for spelling in ["Mnt", "./x/../Mnt/", "here/Mnt"] {
      #expect(try found(spelling) == [["vim", ".viminfo"]], "\(spelling)")
    }
  }

  @Test func nothingIsFollowedOrWaitedFor() throws {
    let outside = try TemporaryFolder()
    try outside.share().plant(filled("FILE"), at: "file")
    try desk.files.makeFolder(".cache/thumbnails/large")
    try desk.files.makeFolder("scratch/lu1.tmp")
    for pipe in [".viminfo", ".cache/thumbnails/large/a.png", "scratch/x.swp", "scratch/lu1.tmp/x"]
    {
      try desk.files.plantPipe(pipe)
    }
    try desk.files.plantLink(".cache/thumbnails/large/b.png", to: outside.share().at("file"))
    try desk.files.plantLink(".bash_history", to: "/dev/null")
    try desk.files.plantLink(".zsh_history", to: "nowhere")
    #expect(try found(desk.files.at(mount)).isEmpty)
    // Where a list itself is elsewhere, that is said.
    try desk.files.plantLink(".lesshst", to: outside.share().at("file"))
    try desk.files.plantLink(".vim", to: outside.path)
    for folder in ["undo", "swap"] { try outside.share().makeFolder(folder) }
    let ended = try doctor("--json", desk.files.at(mount))
    #expect(try found(in: ended) == [["vim", ".vim"], ["less", ".lesshst"]])
    for object in try ended.objects() where object["ok"] as? Bool == false {
      #expect(
        object["reason"] as? String == "could not be looked into: a link, which is not followed")
    }
  }

  @Test(.enabled(if: Needs.isRoot, "another user is needed"), .requires("setpriv"))
  func whatIsClosedIsSaidOnce() throws {
    try desk.files.plant(filled("SHORT"), at: ".viminfo")
    try desk.files.makeFolder(".vim/undo")
    #expect(chmod(desk.files.at(".viminfo"), 0o600) == 0)
    #expect(chmod(desk.files.at(".vim"), 0o700) == 0 && chmod(desk.files.path, 0o755) == 0)
    let person = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    // The tests may have been built where nobody else comes.
    guard try desk.run(["--version"], through: person).status == 0 else { return }
    let ended = try desk.run(["doctor", "--json"], environment: environment, through: person)
    #expect(try found(in: ended) == [["vim", ".viminfo"], ["vim", ".vim"]])
    #expect(ended.output.contains("could not be looked into: Permission denied"))
  }

  @Test func aNameIsFoundWhereverItStands() throws {
    let mount = desk.files.at(mount)
    // Pieces of a file meet a little after the first mebibyte.
    let meetings = stride(from: 1 << 20, to: (1 << 20) + 800, by: 20)
    for offset in [0, (5 << 20) - 30, (64 << 20) - 300] + meetings {
      try desk.files.plantSparse(".viminfo", size: offset)
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: desk.files.at(".viminfo")))
      try handle.seekToEnd()
      try handle.write(contentsOf: Array("\(mount)/Open/Sam".utf8))
      try handle.close()
      #expect(try found(mount) == [["vim", ".viminfo"]], "\(offset)")
    }
  }

  @Test func whatIsTooLargeIsSaid() throws {
    try desk.files.plantSparse(".viminfo", size: (64 << 20) + 1)
    let ended = try doctor("--json")
    #expect(try found(in: ended) == [["vim", ".viminfo"]])
    #expect(ended.output.contains("could not be looked into: it is larger than 64 MiB"))
  }

  @Test func tooManyFilesAreSaid() throws {
    for number in 0..<20_001 {
      let path = desk.files.at("scratch/\(number)")
      close(open(path, O_CREAT | O_WRONLY, 0o600))
    }
    #expect(try found() == [["search"]])
  }

  @Test func aNameThatMovesTheCursorIsShownEscaped() throws {
    let path = ".local/share/Trash/info/a\u{1B}[2J\u{202E}.trashinfo"
    try desk.files.plant(filled("Path=URI"), at: path)
    let mount = desk.files.at(mount)
    #expect(try found(mount) == [["trash", path]])
    let shown = try doctor(mount)
    #expect(shown.output.contains("info/a\\u{1B}[2J\\u{202E}.trashinfo: names files of a mount"))
    #expect(!shown.output.contains("\u{1B}") && !shown.output.contains("\u{202E}"))
  }

  @Test func aHistoryThatTheShellNamesIsLookedAtOnce() throws {
    for path in ["my/history", ".bash_history"] {
      try desk.files.plant(Array("casevault case find Sam\n".utf8), at: path)
      let ended = try desk.run(
        ["doctor", "--json"],
        environment: environment.merging(["HISTFILE": desk.files.at(path)]) { $1 })
      #expect(try found(in: ended) == [["shell", path]])
      try desk.files.remove(path)
    }
  }

  @Test func foldersThatTheEnvironmentNamesAreLookedThrough() throws {
    try desk.files.plant(filled("URI"), at: "elsewhere/recently-used.xbel")
    let ended = try desk.run(
      ["doctor", "--json", desk.files.at(mount)],
      environment: environment.merging(["XDG_DATA_HOME": desk.files.at("elsewhere")]) { $1 })
    #expect(try found(in: ended) == [["recent files", "elsewhere/recently-used.xbel"]])
  }

  @Test(arguments: [
    ("casevault case open --client 'Zoë Quetzal' --json", true),
    ("casevault case open --client=Zoë", true), ("sudo -E /usr/bin/casevault case find zoe", true),
    ("X=1 casevault note add 7K3Q-M2XW --title Rent", true), ("(casevault case find zoe)", true),
    ("casevault note add 7K3Q-M2XW <<< 'rang'", true),
    ("casevault note add 7K3Q-M2XW - <<EOF", true),
    ("echo rang about rent | casevault note add 7K3Q-M2XW", true),
    ("casevault withdraw 7K3Q-M2XW abcd --reason 'wrong client'", true),
    (": 1700000000:0;casevault case find zoe", true),
    ("casevault case show 7K3Q-M2XW --json", false), ("casevault case list | grep open", false),
    ("casevault case find", false), ("casevault case open --from -", false),
    ("casevault doctor ~/Cases; echo done", false),
    ("mycasevault case find zoe", false), ("cat x | casevault note add 7K3Q-M2XW", false),
  ]) func wordsTypedForCasevaultAreKnown(_ line: String, _ tells: Bool) {
    #expect(TypedLine(line[...]).tellsWords == tells, "\(line)")
  }
}

extension Optional where Wrapped == String {
  fileprivate var orEmpty: String { self ?? "" }
}
