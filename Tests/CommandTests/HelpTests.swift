import TestSupport
import Testing

/// Help, version and completions need neither vault nor passphrase.
struct HelpTests {
  private static let nothing: [String: String?] = [
    "CASEVAULT_HOME": nil, "CASEVAULT_VAULT": nil, "CASEVAULT_PASSPHRASE_COMMAND": nil,
  ]

  @Test(arguments: [
    [], ["init"], ["enrol"], ["staff"], ["staff", "list"], ["staff", "admit"],
    ["staff", "countersign"], ["device"], ["device", "list"], ["case"], ["case", "open"],
    ["case", "list"], ["case", "find"],
    ["case", "show"], ["case", "update"], ["case", "history"], ["note"], ["note", "add"],
    ["note", "amend"], ["mail", "add"], ["scan", "add"], ["get"], ["show"], ["withdraw"],
    ["check"], ["doctor"], ["log"], ["log", "show"],
    ["log", "verify"], ["key"], ["key", "passphrase"], ["completions"],
  ])
  func everyCommandHasHelp(_ command: [String]) throws {
    let desk = try Desk(founded: false)
    let option = try desk.run(command + ["--help"], environment: Self.nothing)
    let subcommand = try desk.run(["help"] + command, environment: Self.nothing)
    for help in [option, subcommand] {
      #expect(help.status == 0)
      #expect(help.errors.isEmpty)
      #expect(help.output.hasPrefix("OVERVIEW: "))
      #expect(help.output.contains((["USAGE: casevault"] + command).joined(separator: " ")))
    }
    #expect(option.output == subcommand.output)
    #expect(!desk.home.exists("") && !desk.vault.exists(""))
  }

  @Test func theVersionIsOneLine() throws {
    let desk = try Desk(founded: false)
    let version = try desk.run(["--version"], environment: Self.nothing)
    #expect(desk.transcript(version) == "casevault 0.3\n[0]")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsNameTheCommands(_ shell: String) throws {
    let desk = try Desk(founded: false)
    let script = try desk.run(["completions", shell], environment: Self.nothing)
    #expect(script.status == 0)
    #expect(script.errors.isEmpty)
    for word in ["case", "history", "withdraw", "passphrase"] {
      #expect(script.output.contains(word), "\(word)")
    }
  }

  @Test(.requires("bash")) func bashTakesItsCompletions() throws {
    let desk = try Desk(founded: false)
    let ended = try desk.shell(
      """
      casevault completions bash >completions && bash -n completions && echo fine
      """)
    #expect(ended.output == "fine\n")
  }

  @Test func anotherShellIsRefused() throws {
    let desk = try Desk(founded: false)
    let ended = try desk.run(["completions", "tcsh"], environment: Self.nothing)
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: no completions for tcsh
        ! casevault: hint: bash, zsh or fish
        [64]
        """)
  }
}
