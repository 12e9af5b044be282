internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Whether the vault is unlocked, and what is not yet safe.")

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    let agent = try agentStatus(place)
    let (service, member) =
      try agent.map { ($0.welcome.service, $0.welcome.member) }
      ?? Self.closed(place)
    let status = agent?.status
    var facts: [String: JSON] = [
      "vault": JSON(place.vault), "path": .string(place.folder.path),
      "service": .string(service),
    ]
    facts["member"] = JSON(member?.name)
    facts["role"] = JSON(member?.role.rawValue)
    facts["unlocked"] = .bool(status != nil)
    if let status {
      facts["locks_in"] = .integer(status.remaining)
      facts["process"] = .integer(status.process)
      facts["cases"] = .integer(status.cases)
      facts["log_waiting"] = .integer(status.unshipped)
      facts["memory_locked"] = .bool(status.locksAllMemory)
    }
    if options.json {
      Output.standard.json(
        String(decoding: JSON.object(facts).canonical, as: UTF8.self))
    } else {
      show(service, place, member, status)
    }
  }

  /// What the closed vault says; with an agent nobody reads the roster once more.
  private static func closed(_ place: Places.Place) throws -> (service: String, member: Member?) {
    let vault = try Vault(place.folder)
    let device = (try? place.home.identityFile(of: vault.id))?.device
    return (
      vault.roster.founding.service, device.flatMap { vault.roster.standing(of: $0)?.member }
    )
  }

  private func agentStatus(
    _ place: Places.Place
  ) throws -> (welcome: Reply.Welcome, status: Reply.Status)? {
    guard let line = try FarLine.connect(to: place.vault, in: place.home) else { return nil }
    let client = try AgentClient(line, Places.greeting(place, "status", options))
    defer { client.close() }
    return (client.welcome, try client.status())
  }

  private func show(
    _ service: String, _ place: Places.Place, _ member: Member?, _ status: Reply.Status?
  ) {
    let output = Output.standard
    func fact(_ name: String, _ text: String) {
      output.line(name + String(repeating: " ", count: max(1, 10 - name.count)) + text)
    }
    fact("Vault", "\(place.folder.path), \(service)")
    fact(
      "You",
      member.map { "\($0.name) (\($0.role.rawValue))" } ?? "this computer is not a member's")
    guard let status else {
      fact("State", "locked")
      return
    }
    let left = status.remaining < 120 ? "\(status.remaining) s" : "\(status.remaining / 60) min"
    fact("State", "unlocked; locks itself in \(left) unless it is used")
    fact("Cases", "\(status.cases)")
    fact(
      "Log",
      status.unshipped == 0 ? "all in the vault" : "\(status.unshipped) entries on their way")
    if !status.locksAllMemory {
      output.note(
        "keys are in locked memory; the rest of the agent may be swapped "
          + "(raise `ulimit -l` to unlimited to lock all of it)")
    }
  }
}
