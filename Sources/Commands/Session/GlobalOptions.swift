internal import ArgumentParser
internal import Terminal
internal import VaultFormat

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "The vault's folder.")
  var vault: String?

  @Flag(help: "One JSON object, or one a line.")
  var json = false

  @Flag(help: "Ids only.")
  var quiet = false

  @Option(help: "Read the passphrase from this file descriptor.")
  var passphraseFd: Int32?

  @Option(
    help:
      "What for, in the access log: advice, contact, monitoring, feedback or upkeep.")
  var purpose: Purpose = .advice

  @Option(help: "Show progress: auto, plain or none.")
  var progress: Progress.Mode = .auto

  func validate() throws {
    if json && quiet { throw ValidationError("--json and --quiet exclude each other") }
    if let passphraseFd, passphraseFd < 0 {
      throw ValidationError("--passphrase-fd takes the number of an open file descriptor")
    }
  }
}

extension Progress.Mode: ExpressibleByArgument {}
extension Purpose: ExpressibleByArgument {}
