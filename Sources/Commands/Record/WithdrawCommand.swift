internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import VaultFormat

struct WithdrawCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "withdraw", abstract: "Mark a record as not to be used.",
    discussion: "It stays in the case's history; only shredding destroys.")

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "The record: its id or a beginning of it.")
  var record: String

  @Option(help: "Why.")
  var reason: String

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "withdraw") { session in
      let file = try session.agent.look(name)
      let target = try file.record(named: record)
      let kind = target.manifest.kind
      guard kind != RecordKind.opening, kind != RecordKind.update, kind != RecordKind.withdrawal
      else {
        throw VaultError(
          .usage, "a record of kind \(kind) cannot be withdrawn",
          hint: "change what is known of the case with `casevault case update`")
      }
      guard (1...65_536).contains(reason.utf8.count) else {
        throw VaultError(.usage, "give a reason")
      }
      try session.file(
        NewRecord(
          kind: RecordKind.withdrawal, title: "Withdrawn", mediaType: "text/plain",
          worked: try session.today(), replaces: [target.id],
          content: .bytes(Array(reason.utf8))),
        in: file)
    }
  }
}
