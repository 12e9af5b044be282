import TestSupport
import Testing

/// Errors are one line, and tell nothing of a client.
struct ErrorLineTests {
  private static let words = [
    "Quetzalcoatl", "Novák", "s7654321", "heron@example.org", "Grabfield",
  ]

  /// Every command that can fail on a case whose files are damaged.
  private static let commands = [
    ["case", "show", "REF"], ["case", "history", "REF"], ["case", "update", "REF", "--topic", "x"],
    ["note", "add", "REF", "-"], ["note", "amend", "REF", "NOTE", "-"], ["get", "REF", "NOTE"],
    ["get", "REF", "NOTE", "-o", "/proc/no/where"], ["show", "REF", "NOTE"],
    ["show", "REF", "NOTE", "--text"], ["withdraw", "REF", "NOTE", "--reason", "x"],
    ["mail", "add", "REF", "missing.eml"], ["scan", "add", "REF", "missing.pdf"],
    ["check", "--deep"], ["case", "find", "nobody"], ["get", "REF", "zzzz"],
  ]

  @Test(arguments: 0..<4) func noErrorTellsOfAClient(_ kind: Int) throws {
    let desk = try Desk()
    let reference = try desk.openCase(
      "--client", "Quetzalcoatl Novák", "--student-id", "s7654321", "--email",
      "heron@example.org", "--party", "Grabfield")
    let note = try desk.note("Quetzalcoatl rang about Grabfield.", in: reference)
    let path = try desk.path(ofRecord: note)
    let folder = String(path[..<(try path.lastIndex(of: "/").orThrow())])
    switch kind {
    case 0: try desk.vault.alter(path) { $0[5_000] ^= 1 }
    case 1: try desk.vault.alter(path) { $0[300] ^= 1 }
    case 2:
      for name in desk.vault.names(folder) {
        try desk.vault.alter("\(folder)/\(name)") { $0.removeLast() }
      }
    default:
      for name in desk.vault.files("index") {
        try desk.vault.alter("index/\(name)") { $0[200] ^= 1 }
      }
    }
    var failures = 0
    for command in Self.commands {
      let arguments = command.map { $0 == "REF" ? reference : $0 == "NOTE" ? note : $0 }
      let ended = try desk.run(arguments, input: "words")
      guard ended.status != 0 else { continue }
      failures += 1
      // 14 with the rest shown says what is damaged as warnings.
      #expect(
        ended.errorMessages.count == 1 || [14, 16].contains(ended.status),
        "\(command): \(ended.errors)")
      for word in Self.words {
        #expect(!ended.errors.contains(word), "\(command): \(ended.errors)")
      }
      for line in ended.errorLines {
        #expect(line.hasPrefix("casevault: ") || line == "no case", "\(command): \(line)")
      }
    }
    #expect(failures >= 5)
  }

  @Test func namesFromOutsideAreShownEscaped() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let name = "a\u{1b}[2J\u{202e}gpj\nb.exe"
    for command in [
      ["mail", "add", reference, name], ["scan", "add", reference, name],
      ["note", "add", reference, name], ["case", "open", "--from", name],
      ["case", "show", name], ["get", reference, name], ["case", "list", "--vault", name],
      ["case", "list", "--adviser", name], ["case", "open", "--worked", name], [name],
      ["get", reference, "0000", "-o", name],
    ] {
      let ended = try desk.run(command)
      #expect(ended.status != 0, "\(command)")
      #expect(!ended.errors.contains("\u{1b}"), "\(command)")
      #expect(!ended.errors.contains("\u{202e}"), "\(command)")
      #expect(ended.errorMessages.count == 1, "\(command): \(ended.errors)")
      #expect(
        ended.errorLines.allSatisfy { $0.hasPrefix("casevault: ") }, "\(command): \(ended.errors)")
    }
  }

  @Test func titlesFromOutsideAreShownEscaped() throws {
    let desk = try Desk()
    let reference = try desk.openCase(
      "--client", "R\u{202e}TL \u{200b}client", "--party", "a\u{2028}b")
    let long = String(repeating: "é", count: 125) + ".bin"
    try desk.note("x", in: reference, "--title", "T\u{202e}itle \u{feff}")
    try desk.mail(
      message(
        from: "=?utf-8?q?Na=E2=80=AEdia?= <n@example.org>", subject: "=?utf-8?b?G1syShs=?="),
      in: reference)
    try desk.files.plant([0, 1], at: long)
    try desk.run(["note", "add", reference, desk.files.at(long)]).succeeded()
    try desk.files.plant([0, 2], at: "b\u{1b}[31m\u{202e}.bin")
    try desk.run(["note", "add", reference, desk.files.at("b\u{1b}[31m\u{202e}.bin")]).succeeded()
    for command in [
      ["case", "list"], ["case", "show", reference], ["case", "history", reference],
      ["case", "list", "--json"], ["case", "show", reference, "--json"],
      ["case", "history", reference, "--json"],
    ] {
      let ended = try desk.run(command).succeeded()
      for scalar in ["\u{1b}", "\u{202e}", "\u{200b}", "\u{feff}", "\u{2028}"] {
        #expect(!ended.output.contains(scalar), "\(command): \(scalar.unicodeScalars)")
      }
    }
    #expect(try desk.casevault("case", "list").output.contains("R\\u{202E}TL \\u{200B}client"))
    let titles = try desk.records(of: reference).compactMap { $0["title"] as? String }
    #expect(titles.contains("T\u{202e}itle \u{feff}"))
    let shown = try desk.casevault("case", "show", reference).output
    #expect(shown.contains(String(repeating: "é", count: 45)))
  }

  @Test func aTitleHas255BytesAtMost() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let longest = String(repeating: "x", count: 255)
    try desk.note("x", in: reference, "--title", longest)
    let longer = try desk.casevault(
      "note", "add", reference, "--title", longest + "x", input: "words")
    #expect(
      desk.transcript(longer) == """
        ! casevault: error: a title has at most 255 bytes and no control characters
        [64]
        """)
  }
}
