import Agent
import CaseVault
import Foundation
import Storage
import TestSupport
import Testing
import VaultFormat

/// design/vault.md §9, seen from outside: on every way to plaintext an entry is
/// in the access log, and on the medium, before anything goes out.
@Suite(
  .requires("strace"), .enabled(if: Needs.isRoot, "tracing needs root"),
  .timeLimit(.minutes(10)))
struct TraceTests {
  private let desk: Desk
  private let reference: String
  private let note: String
  private let mail: String

  init() throws {
    desk = try Desk()
    reference = try desk.openCase("--client", "Nadia Novák")
    note = try desk.note("Rang about the rent.", in: reference)
    mail = try desk.mail(Self.letter, in: reference)
    try desk.file("letter.txt", "A letter.")
    try desk.file("other.eml", message(id: "other@example.org", subject: "Another"))
  }

  private static let letter = message(
    headers: ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"],
    body: """
      --b
      Content-Type: text/plain

      The lease is attached.
      --b
      Content-Type: application/octet-stream
      Content-Disposition: attachment; filename="lease.bin"

      lease
      --b--

      """)

  /// Every command whose answer holds, or rests on, something of a case.
  private var ways: [[String]] {
    [
      ["case", "list"], ["case", "find", "nadia"], ["case", "show", reference],
      ["case", "history", reference], ["get", reference, note],
      ["get", reference, mail, "--attachment", "1"], ["show", reference, note],
      ["show", reference, note, "--text"], ["show", reference, mail, "--text"],
      ["note", "add", reference, desk.files.at("letter.txt")],
      ["note", "amend", reference, note, desk.files.at("letter.txt")],
      ["mail", "add", reference, desk.files.at("other.eml")],
      ["scan", "add", reference, desk.files.at("letter.txt"), "--as-is"],
      ["case", "update", reference, "--topic", "Housing"],
      ["withdraw", reference, mail, "--reason", "a mistake"], ["check", "--deep"],
      ["log", "show"],
    ]
  }

  @Test func withAPassphraseNothingIsWrittenOutBeforeItsEntryIsDurable() throws {
    for (number, way) in ways.enumerated() {
      let path = desk.files.at("\(number).trace")
      try desk.run(way, through: Trace.command(to: path)).succeeded()
      let trace = try Trace(path)
      let first = try #require(trace.outputs.first, "\(way)")
      // A whole trace is too much to be told of.
      let isDurable = trace.isEnteredDurably(before: first)
      #expect(isDurable, "\(way)")
    }
  }

  @Test func anAgentAnswersNothingBeforeItsEntryIsDurable() throws {
    for way in ways {
      let trace = try traced { _ in
        try desk.run(way, environment: Desk.noPassphrase).succeeded()
      }
      // The first answer greets; the one behind it is the first that tells.
      let answers = trace.answers
      try #require(answers.count >= 2, "\(way)")
      let isDurable = trace.isEnteredDurably(before: answers[1])
      #expect(isDurable, "\(way)")
    }
  }

  /// Runs steps with an agent that is traced from before them until its end.
  private func traced(_ steps: (Tracing) throws -> Void) throws -> Trace {
    try desk.unlocked {
      let tracing = try Tracing(desk.agent(), at: desk)
      do {
        try steps(tracing)
      } catch {
        _ = try? desk.run(["lock"])
        _ = try? tracing.end()
        throw error
      }
      try desk.casevault("lock").succeeded()
      return try tracing.end()
    }
  }

  /// The second reading of a case within two seconds is written before it is
  /// answered, and waits for its sync until the window ends; the next one does not.
  @Test func withinAWindowAReadingIsWrittenBeforeAndSyncedAfterwards() throws {
    func read() throws -> Trace {
      try traced { tracing in
        let client = try client()
        _ = try client.look(reference)
        _ = try client.look(reference)
        try tracing.wait { try Self.isOver(tracing.soFar()) }
        _ = try client.look(reference)
      }
    }
    var trace = try read()
    // Held up between the two, a busy machine has them in two windows.
    for _ in 1...4
    where trace.entries.count > 1 && trace.entries[1].time > trace.entries[0].time + 1.8 {
      trace = try read()
    }
    let (answers, entries) = (trace.answers, trace.entries)
    try #require(answers.count >= 4 && entries.count >= 3)
    #expect(trace.isEnteredDurably(before: answers[1]))
    #expect(answers[1].begin < entries[1].begin && entries[1].end < answers[2].begin)
    #expect(!trace.isSynced(entries[1], before: answers[2]))
    let sync = try #require(trace.syncs.first { entries[1].end < $0.begin })
    // The agent looks once a second; a busy machine may be late.
    #expect(sync.time < entries[1].time + 60)
    #expect(trace.isSynced(entries[2], before: answers[3]))
  }

  /// Whether the window of the first entry is over and the second is durable.
  private static func isOver(_ trace: Trace) -> Bool {
    guard trace.entries.count >= 2 else { return false }
    let (first, second) = (trace.entries[0], trace.entries[1])
    return Date().timeIntervalSince1970 > first.time + 2.1
      && trace.syncs.contains { second.end < $0.begin && $0.end < .max }
  }

  /// A client in this process: two requests of it are closer than two commands.
  private func client() throws -> AgentClient { try desk.client("case show") }
}
