internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import VaultFormat

struct CaseList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List cases, those worked on last first.")

  @Flag(help: "Open cases only.")
  var open = false

  @Flag(help: "Closed cases only.")
  var closed = false

  @Option(help: "Cases of this adviser; me is you.")
  var adviser: String?

  @Flag(help: "Cases that may be destroyed by now.")
  var due = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if open && closed { throw ValidationError("--open and --closed exclude each other") }
  }

  func run() async throws {
    try await Session.with(options, "case list") { session in
      let adviser = try adviser.map(session.memberID)
      let today = try session.today()
      let rows = try session.agent.list().filter { row in
        (!open || row.summary.isOpen) && (!closed || !row.summary.isOpen)
          && (adviser == nil || row.summary.texts(.adviser).contains(adviser ?? ""))
          && (!due || row.summary.expires <= today)
      }
      session.list(rows.sorted(by: Index.Row.isNewer))
    }
  }
}

struct CaseFind: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find cases by name, e-mail, student number, party, topic or reference.",
    discussion: "Accents, capitals and the order of the words do not matter.")

  @Argument(help: "Words, or the beginnings of words.")
  var words: [String]

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "case find") { session in
      let rows = try session.agent.find(words.joined(separator: " "))
      session.list(rows.sorted(by: Index.Row.isNewer))
      if rows.isEmpty { throw EndedWith(.notFound) }
    }
  }
}

extension Index.Row {
  /// Worked on later; then by id, so that every listing has one order.
  static func isNewer(_ left: Self, _ right: Self) -> Bool {
    left.summary.lastWork != right.summary.lastWork
      ? left.summary.lastWork > right.summary.lastWork : left.caseID < right.caseID
  }
}
