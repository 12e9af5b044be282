internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Terminal

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

struct UnlockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unlock", abstract: "Open the vault for this computer's commands.",
    discussion: """
      The passphrase is asked for once. From then on an agent holds the keys in locked \
      memory, until `casevault lock`, or until nothing was asked of it for a while.
      """)

  @Option(
    name: .customLong("for"),
    help: "How long it stays open unused: 90s, 30m, 8h; half an hour unless given.")
  var duration: Duration = Duration(seconds: IdleLimit.usual)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    guard try FarLine.connect(to: place.vault, in: place.home) == nil else {
      Output.standard.note("the vault is unlocked already")
      return
    }
    try AgentProcess.start(options, idle: duration.seconds)
  }

  /// A length of time as people write it.
  struct Duration: ExpressibleByArgument {
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
      let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
      let unit = argument.last.flatMap { units[$0] }
      let digits = unit == nil ? Substring(argument) : argument.dropLast()
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
        let number = Int(digits), number <= IdleLimit.allowed.upperBound,
        IdleLimit.allowed.contains(number * (unit ?? 60))
      else { return nil }
      seconds = number * (unit ?? 60)
    }

    var defaultValueDescription: String { "\(seconds / 60)m" }
  }
}

struct LockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Forget the keys and end the agent.")

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    guard try AgentClient.lock(place.vault, in: place.home) else {
      Output.standard.note("the vault is locked already")
      return
    }
    if !options.quiet { Output.standard.line("Locked.") }
  }
}
