internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct StaffAdmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit", abstract: "Admit a computer that asks to join.",
    discussion: """
      Let the newcomer read out their eight words by telephone or in person, and type what you \
      hear. Managers, chief executive and trustee need a second signature once the first two \
      are in. Somebody who lost all \
      their computers is admitted like a new member, with --again.
      """)

  @Argument(help: "The request: its id, or how it begins.")
  var request: String

  @Option(help: "The role: adviser, manager, desk, chief-executive or trustee.")
  var role: Role?

  @Option(name: .customLong("as"), help: "The member whose further computer it is.")
  var member: String?

  @Flag(help: "With --role: somebody of this name lost all their computers and comes back.")
  var again = false

  @Option(help: "The eight words that the newcomer read out.")
  var words: String

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard (role == nil) != (member == nil) else {
      throw ValidationError("say either --role or --as")
    }
    guard !again || role != nil else { throw ValidationError("--again goes with --role") }
  }

  func run() async throws {
    let admittance =
      role.map { again ? Admittance.memberAgain($0) : .member($0) } ?? .device(of: member ?? "")
    try await Session.with(options, "staff admit", for: .managers) { session in
      try session.agent.admit(request, as: admittance, words: words).show(options)
    }
  }
}

struct StaffCountersign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "countersign", abstract: "Sign an admission a second time.",
    discussion: """
      A further computer of yours is in force once you sign it at one that you have; a manager, \
      chief executive or trustee once another of them signs.
      """)

  @Argument(help: "The admission or its request: the id, or how it begins; else yours to sign.")
  var entry: String?

  @Option(help: "The eight words that the newcomer read out.")
  var words: String

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "staff countersign", for: .anybody) { session in
      try session.agent.countersign(entry, words: words).show(options)
    }
  }
}

extension Admitted {
  /// Says what came of it.
  func show(_ options: GlobalOptions) {
    let output = Output.standard
    if options.json {
      output.json(object)
    } else if options.quiet {
      output.line(entry.text)
    } else {
      for line in lines { output.line(line) }
    }
    if needs == nil, granted == 0, member.role.holdsMasterKey, !options.quiet {
      output.note(
        "\(member.name)'s computer is given its keys when an adviser or manager next opens "
          + "the vault")
    }
    output.warn(of: findings)
  }

  private var object: [String: JSON] {
    var object: [String: JSON] = [
      "entry": JSON(entry), "member": .string(member.id), "name": .string(member.name),
      "role": .string(member.role.rawValue), "computer": .bool(isDevice),
      "in_force": .bool(needs == nil), "granted": .integer(granted),
    ]
    object["needs"] = needs.map(JSON.string)
    object["earlier"] = (earlier?.id).map(JSON.string)
    return object
  }

  private var lines: [String] {
    let what =
      isDevice
      ? "A further computer of \(member.name)" : "\(member.name), \(member.role.rawValue),"
    var lines: [String] = []
    if let needs {
      lines.append("\(what) waits for \(needs):")
      lines.append("casevault staff countersign \(entry.text.prefix(10)) --words \"…\"")
    } else {
      lines.append(isAgain ? "\(what) has been given its keys again." : "\(what) is admitted.")
    }
    if earlier != nil {
      lines.append(
        "There was an earlier \(member.name): this is a new member, linked to the old name.")
    }
    return lines
  }
}
