internal import ArgumentParser
internal import CaseVault
internal import Sealing
internal import Storage
internal import Terminal
internal import VaultFormat

struct EnrolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enrol", abstract: "Ask to join a vault with this computer.",
    discussion: """
      Makes this computer's keys and shows eight words. Read them to a manager, by telephone or \
      in person: they prove that the manager admits this computer and no other, to this vault \
      and no other. Run it again to see them again.
      """)

  @Option(help: "Your name, as your colleagues know it.")
  var name: String

  @Flag(help: "Wait until this computer is admitted.")
  var wait = false

  @Option(help: "The work of opening your keys: interactive, moderate or sensitive.")
  var kdf: KDF = .moderate

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let vault = try Places.vault(options)
    let home = try Places.home(outside: vault.folder.path)
    let (enrolment, identity) = try enrol(in: vault, home)
    show(enrolment, in: vault)
    if let identity { try await admission(of: identity, to: vault, home) }
  }

  /// - Returns: the identity, too, where this is to wait.
  private func enrol(in vault: Vault, _ home: Home) throws -> (Enrolment, Identity?) {
    if let earlier = try Enrolment.earlier(in: vault, home: home) {
      guard wait else { return (earlier, nil) }
      let passphrase = try Passphrase.existing(options)
      return (earlier, try Identity.open(home.identityFile(of: vault.id), with: passphrase))
    }
    let isNew = try home.identityFileIfAny(of: vault.id) == nil
    let passphrase =
      isNew
      ? try Passphrase.new(
        options, descriptor: nil, prompt: "A passphrase for your keys:", usesCommand: true)
      : try Passphrase.existing(options)
    let enrolment = try Enrolment.enrol(
      name: name, in: vault, home: home, passphrase: passphrase, cost: kdf.cost)
    guard wait else { return (enrolment, nil) }
    return (enrolment, try Identity.open(home.identityFile(of: vault.id), with: passphrase))
  }

  private func show(_ enrolment: Enrolment, in vault: Vault) {
    let output = Output.standard
    if options.json {
      output.json([
        "request": JSON(enrolment.request), "words": .string(enrolment.words.text),
      ])
    } else if options.quiet {
      output.line(enrolment.request.text)
    } else {
      output.line("\(enrolment.name) asks to join \(vault.roster.founding.service).")
      output.line("Request: \(enrolment.request.text.prefix(10))")
      output.line("Words:   \(enrolment.words.text)")
    }
    let managers = vault.roster.members.filter { $0.role == .manager }.map(\.name)
    output.note(
      "Read the eight words to \(managers.joined(separator: " or ")), by telephone or in person, "
        + "who then runs: casevault staff admit \(enrolment.request.text.prefix(10)) "
        + "--role ROLE --words \"…\"")
  }

  /// Looks every two seconds, until the roster has this computer and its keys open.
  private func admission(of identity: Identity, to vault: Vault, _ home: Home) async throws {
    while true {
      let now = try Vault(vault.folder)
      if now.roster.standing(of: identity.device) != nil {
        let membership = try Membership(now, identity: identity, home: home)
        if try membership.hasItsKeys() {
          Output.standard.note("This computer is admitted as \(membership.member.role.rawValue).")
          return
        }
      }
      try await Task.sleep(for: .seconds(2))
    }
  }
}
