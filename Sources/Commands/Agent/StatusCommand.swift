internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Whether the vault is unlocked, what happened in the office, what is not yet safe.",
    discussion: """
      Two computers that show the same eight words see the same roster, keys and tombstones.
      """)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    let state = try OfficeState(place, Self.agentStatus(place, options))
    if options.json {
      Output.standard.json(state.object)
    } else {
      state.show(Output.standard)
    }
    if Output.standard.warn(of: state.vault.findings) { throw EndedWith(.damaged) }
  }

  static func agentStatus(
    _ place: Places.Place, _ options: GlobalOptions
  ) throws -> Reply.Status? {
    let client = try AgentClient.reach(
      place.vault, in: place.home, Places.greeting(place, "status", options))
    defer { client?.close() }
    return try client?.status()
  }
}

/// What `status` tells.
private struct OfficeState {
  /// How many of the latest things that happened are shown.
  private static let shownNotices = 5

  let vault: Vault
  private let path: String
  private let member: Member?
  private let isWaiting: Bool
  private let agent: Reply.Status?
  private let words: String
  private let notices: [Roster.Notice]

  init(_ place: Places.Place, _ agent: Reply.Status?) throws {
    vault = try Places.vault(place)
    path = place.folder.path
    self.agent = agent
    let device = try place.home.identityFileIfAny(of: vault.id)?.device
    let roster = vault.roster
    member = device.flatMap { roster.standing(of: $0)?.member }
    isWaiting = device != nil && member == nil
    words = try vault.stateWords().text
    notices = vault.roster.notices().suffix(Self.shownNotices)
  }

  var object: [String: JSON] {
    var object: [String: JSON] = [
      "vault": JSON(vault.id), "path": .string(path),
      "service": .string(vault.roster.founding.service), "member": JSON(member?.name),
      "role": JSON(member?.role.rawValue), "unlocked": .bool(agent != nil),
      "words": .string(words), "not_yet_safe": JSON(vault.notYetSafe),
      "notices": .array(
        notices.map { notice in
          [
            "entry": JSON(notice.entry), "time": .string(notice.time.text),
            "text": .string(notice.text),
          ]
        }),
    ]
    guard let agent else { return object }
    object["locks_in"] = .integer(agent.remaining)
    object["process"] = .integer(agent.process)
    object["cases"] = .integer(agent.cases)
    object["log_waiting"] = .integer(agent.unshipped)
    object["mounts"] = .array(
      agent.mounts.map { mount in
        [
          "path": .string(mount.path), "read_only": .bool(mount.isReadOnly),
          "process": .integer(mount.process), "troubles": JSON(mount.troubles),
          "unkept": JSON(mount.unkept),
        ]
      })
    object["memory_locked"] = .bool(agent.locksAllMemory)
    return object
  }

  func show(_ output: Output) {
    func fact(_ name: String, _ text: String) {
      output.line(name + String(repeating: " ", count: max(1, 10 - name.count)) + text)
    }
    fact("Vault", "\(path), \(vault.roster.founding.service)")
    fact("You", you)
    fact("State", state)
    if let agent {
      fact("Cases", "\(agent.cases)")
      fact(
        "Log",
        agent.unshipped == 0 ? "all in the vault" : "\(agent.unshipped) entries on their way")
    }
    for mount in agent?.mounts ?? [] {
      fact("Mount", mount.path + (mount.isReadOnly ? ", read only" : ""))
      for trouble in mount.troubles { fact("", trouble) }
    }
    fact("Words", words)
    for (number, notice) in notices.enumerated() {
      fact(number == 0 ? "Lately" : "", "\(notice.time.text)  \(notice.text)")
    }
    fact("Not safe", vault.notYetSafe.joined(separator: ", "))
    if agent?.locksAllMemory == false {
      output.note(
        "keys are in locked memory; the rest of the agent may be swapped "
          + "(raise `ulimit -l` to unlimited to lock all of it)")
    }
  }

  private var you: String {
    if let member { return "\(member.name) (\(member.role.rawValue))" }
    return isWaiting
      ? "this computer waits to be admitted (`casevault enrol` shows its words)"
      : "this computer is not a member's (`casevault enrol` asks to join)"
  }

  private var state: String {
    guard let agent else { return "locked" }
    let left = agent.remaining < 120 ? "\(agent.remaining) s" : "\(agent.remaining / 60) min"
    return "unlocked; locks itself in \(left) unless it is used"
  }
}
