internal import ArgumentParser
internal import CaseVault
internal import Sealing
internal import Storage
internal import Terminal
internal import VaultFormat

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "This computer's keys.", subcommands: [KeyPassphrase.self])
}

struct KeyPassphrase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passphrase", abstract: "Change the passphrase of this computer's keys.",
    discussion: """
      An old copy of the identity file still opens with the old passphrase: it changes on \
      this computer only.
      """)

  @Option(help: "Read the new passphrase from this file descriptor.")
  var newPassphraseFd: Int32?

  @Option(
    help:
      "The work of opening your keys: interactive, moderate or sensitive; as it was unless given.")
  var kdf: KDF?

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    let home = place.home
    let file = try home.identityFile(of: place.vault)
    let identity = try Identity.open(file, with: try Passphrase.existing(options))
    let passphrase = try Passphrase.new(
      options, descriptor: newPassphraseFd, prompt: "The new passphrase:", usesCommand: false)
    let cost = try kdf?.cost ?? PassphraseCost(passes: file.passes, memory: file.memory)
    try home.keep(try identity.sealed(by: passphrase, cost: cost))
    if !options.quiet { Output.standard.line("The passphrase is changed.") }
  }
}
