internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Exchange
internal import Terminal
internal import VaultFormat

struct ScanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "File scanned papers.", subcommands: [ScanAdd.self])
}

struct ScanAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add scans to a case: PDF, TIFF, JPEG, PNG, HEIC.",
    discussion: "Each is decoded to its end first; one that is not whole is refused.")

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "The files; - is standard input.")
  var files: [String]

  @Flag(help: "Keep a file even though it cannot be decoded.")
  var asIs = false

  @Option(help: "The day of the paper, as 2026-11-22.")
  var worked: String?

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "scan add") { session in
      let file = try session.agent.look(name)
      let intake = Intake(executable: try Places.intake())
      let filing = session.filing()
      var waiting: [Record] = []
      func finish() throws {
        try filing.commit()
        for record in waiting {
          session.report(filed: record, file.details.reference?.text, ["duplicate": false])
        }
        waiting = []
      }
      var failures: [VaultError] = []
      for path in files {
        do {
          let scan = try await scan(path, intake, session)
          waiting.append(try filing.add(scan, to: file.id))
          if filing.isFull { try finish() }
        } catch let error as VaultError {
          try session.fail(error, on: path)
          failures.append(error)
        }
      }
      try finish()
      if let first = failures.first {
        throw EndedWith(files.count == 1 ? first.code : .partlyDone)
      }
    }
  }

  /// A number that a decoder gave, where it makes sense.
  private static func count(_ number: Int) -> JSON? {
    (0...1_000_000_000).contains(number) ? .integer(number) : nil
  }

  private func scan(_ path: String, _ intake: Intake, _ session: Session) async throws -> NewRecord
  {
    let source = try SourceFile(path)
    var details: [String: JSON] = [:]
    var mediaType = "application/octet-stream"
    do {
      let facts = try await intake.scan(source)
      mediaType = facts.mediaType
      details["pages"] = facts.pages.flatMap(Self.count)
      details["width"] = facts.width.flatMap(Self.count)
      details["height"] = facts.height.flatMap(Self.count)
    } catch let error as VaultError where asIs {
      session.output.warning("\(error.message); kept as it is")
      details["as_is"] = true
    } catch let error as VaultError where error.code == .refused {
      throw VaultError(
        .refused, error.message, hint: "scan the paper again, or keep the file with --as-is")
    }
    return NewRecord(
      kind: RecordKind.scan,
      title: source.name.withoutControls.shortened(to: Manifest.maximumTitle),
      mediaType: mediaType, details: details, worked: try session.worked(worked),
      content: source.content())
  }
}
