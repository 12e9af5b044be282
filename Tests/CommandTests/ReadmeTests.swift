import Foundation
import TestSupport
import Testing

/// The session that README.md shows is one with the real program.
struct ReadmeTests {
  private struct Step {
    let command: String
    var shown: [String] = []
  }

  @Test(.requiresTestClock, .requiresFUSE) func theSessionInTheReadmeIsWhatTheProgramSays() throws {
    let desk = try Desk(at: "2026-11-22 10:00:00", founded: false)
    try FileManager.default.createSymbolicLink(
      atPath: desk.files.at("Vault"),
      withDestinationPath: Corpus.package.appendingPathComponent("Vault").path)
    var reference = "QQ7Y-MM40"
    for step in try steps() {
      // The vault goes beside the sample files, which are the project's own.
      let command = step.command.replacing("Vault/live", with: "live")
        .replacing("QQ7Y", with: reference.prefix(4))
      let ended = try desk.shell(
        "\(command) 2>&1",
        environment: try Desk.clock(at: "2026-11-22 10:00:00").mapValues { $0 as String? }.merging([
          "CASEVAULT_HOME": nil, "CASEVAULT_VAULT": desk.files.at("live"),
          "HOME": desk.files.at("morgan"),
        ]) { _, new in new })
      if let opened = ended.output.firstMatch(of: /Opened (.{9})\./) {
        reference = String(opened.1)
      }
      let said = ended.output.split(separator: "\n").map { line in
        normal(
          line.replacing("live", with: "Vault/live")
            .replacing(desk.files.at("morgan"), with: "/home/morgan"))
      }
      // Each command begins at the same moment, and the log is in the order of time.
      let isOrdered = !step.command.contains("log show")
      let shown = step.shown.map(normal)
      #expect(
        isOrdered ? said == shown : Self.once(said) == Self.once(shown), "\(step.command): \(said)")
      #expect(ended.status == 0, "\(step.command)")
    }
  }

  /// The lines of a log, each as often as it is there, but for listings in the mount: those that are
  /// more than two seconds apart are entered each.
  private static func once(_ lines: [String]) -> [String] {
    let (listings, others) = (
      lines.filter { $0.contains("mount list") }, lines.filter { !$0.contains("mount list") }
    )
    return (others + Set(listings)).sorted()
  }

  /// References and ids are drawn anew each time.
  private func normal(_ line: some StringProtocol) -> String {
    String(line).replacing(/\b[0-9A-HJKMNP-TV-Z]{4}-[A-HJKMNP-TV-Z0-9]{4}\b/, with: "RRRR-RRRR")
      .replacing(/(Filed|case|record) [a-z2-7]{10}\b/) { "\($0.output.1) rrrrrrrrrr" }
      .replacing(/T10:0[0-9]:[0-9][0-9]Z/, with: "T10:00:00Z")
      .replacing(/^(9|1[01]) entries/, with: "9 entries")
  }

  /// The commands of the first console block, each with what it is shown to say.
  private func steps() throws -> [Step] {
    let readme = try String(
      contentsOf: Corpus.package.appendingPathComponent("README.md"), encoding: .utf8)
    let block = try readme.components(separatedBy: "```console\n").dropFirst().first.orThrow()
    var steps: [Step] = []
    for line in block.components(separatedBy: "```")[0].split(separator: "\n") {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2))))
      } else if !steps.isEmpty {
        steps[steps.count - 1].shown.append(String(line))
      }
    }
    #expect(steps.count >= 4)
    return steps
  }
}
