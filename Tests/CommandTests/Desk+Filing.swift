import Foundation
import TestSupport

/// The few steps that nearly every test begins with.
extension Desk {
  /// Opens a case and returns its reference.
  func openCase(_ arguments: String...) throws -> String {
    try run(["case", "open", "--json"] + arguments).succeeded().text("ref")
  }

  /// Files a note and returns its record id.
  @discardableResult
  func note(_ text: String, in reference: String, _ arguments: String...) throws -> String {
    try run(["note", "add", reference, "-", "--json"] + arguments, input: text).succeeded()
      .text("record")
  }

  /// Files a message and returns its record id.
  @discardableResult
  func mail(_ message: String, in reference: String, _ arguments: String...) throws -> String {
    try run(["mail", "add", reference, "-", "--json"] + arguments, input: message).succeeded()
      .text("record")
  }

  /// A case as `case show --json` has it.
  func shown(_ reference: String) throws -> [String: Any] {
    try casevault("case", "show", reference, "--json").succeeded().object()
  }

  /// The client's name, as `case show --json` has it.
  func client(of reference: String) throws -> String? {
    (try shown(reference)["client"] as? [String: Any])?["name"] as? String
  }

  /// The records of a case as `case show --json` has them.
  func records(of reference: String) throws -> [[String: Any]] {
    try (shown(reference)["records"] as? [[String: Any]]).orThrow()
  }

  /// A record's content as `get` writes it to its output.
  func content(of record: String, in reference: String) throws -> [UInt8] {
    let ended = try casevault("get", reference, record)
    // 14 where something else is damaged; of a damaged record nothing comes.
    return ended.status == 14 ? ended.bytes : try ended.succeeded().bytes
  }

  /// Has the home forget what it has seen of the vault, as if it looked for the
  /// first time: a colleague's home.
  func forgetWhatWasSeen() throws {
    for vault in home.names() where vault.count == 52 {
      for folder in ["cases", "copies"] where home.exists("\(vault)/\(folder)") {
        try home.remove("\(vault)/\(folder)")
      }
    }
  }

  /// Everything in the vault but the access log, which grows with every reading.
  func everythingButTheLog() -> [String] {
    vault.everything().filter { $0 != "log" && !$0.hasPrefix("log/") }
  }

  /// Where a record lies in the vault.
  func path(ofRecord record: String) throws -> String {
    try vault.files("cases").first { $0.contains("/\(record)-") }.map { "cases/\($0)" }.orThrow()
  }

  /// Keeps a file to hand in; returns its path.
  @discardableResult
  func file(_ name: String, _ text: String) throws -> String {
    try files.plant(Array(text.utf8), at: name)
    return files.at(name)
  }
}

/// A message with the few lines that a test cares for.
func message(
  id: String? = "one@example.org", from: String = "Nadia <nadia@example.org>",
  to: String = "Advice <advice@example.ac.uk>", subject: String = "My room",
  date: String = "Fri, 20 Nov 2026 10:00:00 +0000", headers: [String] = [],
  body: String = "The heating is broken.\n"
) -> String {
  var lines = ["From: \(from)", "To: \(to)", "Subject: \(subject)", "Date: \(date)"]
  if let id { lines.append("Message-ID: <\(id)>") }
  return (lines + headers + ["", body]).joined(separator: "\n")
}
