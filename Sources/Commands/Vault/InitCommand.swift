internal import ArgumentParser
internal import CaseVault
internal import Sealing
internal import Storage
internal import Terminal
internal import VaultFormat

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a vault, with its first manager and this computer's keys.")

  @Argument(help: "The folder to make; it may exist and be empty.")
  var path: String

  @Option(help: "The service's name.")
  var name: String

  @Option(help: "The manager's name: yours.")
  var manager: String

  @Option(help: "The work of opening your keys: interactive, moderate or sensitive.")
  var kdf: KDF = .moderate

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let output = Output.standard
    let home = try Places.home(outside: path)
    let passphrase = try Passphrase.new(
      options, descriptor: nil, prompt: "A passphrase for your keys:", usesCommand: true)
    let vault = try Founding(
      service: name, manager: manager, cost: kdf.cost, time: Clock.system.now
    ).makeVault(at: path, home: home, passphrase: passphrase)

    if options.json {
      output.json(
        String(
          decoding: JSON.object(["vault": JSON(vault), "path": .string(path)]).canonical,
          as: UTF8.self))
    } else if options.quiet {
      output.line(vault.text)
    } else {
      output.line("Made the vault \(path) for \(name).")
      output.line("Your keys are in \(home.identities.path), sealed by your passphrase.")
    }
    output.note(
      "not safe yet: \(try Vault(Folder(path)).notYetSafe.joined(separator: ", ")): "
        + "a lost passphrase or a lost computer loses every case")
  }
}

/// The costs of Argon2id that a person can choose.
enum KDF: String, ExpressibleByArgument, CaseIterable {
  case interactive
  case moderate
  case sensitive

  var cost: PassphraseCost {
    switch self {
    case .interactive: .interactive
    case .moderate: .moderate
    case .sensitive: .sensitive
    }
  }
}
