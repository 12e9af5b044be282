import Foundation
import TestSupport
import Testing

/// What a command wrote and how it ended.
struct Transcript {
  let text: String

  /// Compares to the letter. `#expect` does not tell what was there instead
  /// where an operand has a `try`, so this does.
  static func == (transcript: Transcript, expected: String) -> Bool {
    if transcript.text != expected { Issue.record("it was:\n\(transcript.text)") }
    return transcript.text == expected
  }
}

extension Desk {
  /// What a command wrote and how it ended, to be compared to the letter: its
  /// output, its errors behind `! `, its exit code in brackets.
  ///
  /// What is drawn at random or lies at a random place is replaced, by as many
  /// characters where a column depends on it.
  func transcript(_ ended: Ended) -> Transcript {
    let output = ended.output.hasSuffix("\n") ? String(ended.output.dropLast()) : ended.output
    var lines = ended.output.isEmpty ? [] : output.components(separatedBy: "\n")
    lines += ended.errorLines.map { "! \($0)" }
    lines.append("[\(ended.status)]")
    return Transcript(text: normal(lines.joined(separator: "\n")))
  }

  /// Runs a command and returns its transcript.
  func transcript(_ arguments: String..., input: String? = nil) throws -> Transcript {
    transcript(try run(arguments, input: input))
  }

  private func normal(_ text: String) -> String {
    var text = text
    for record in vault.files("cases").map({ $0.split(separator: "/").last.map(String.init) ?? "" })
    where record.utf8.count > 52 {
      text = text.replacing(record.prefix(52), with: "<record>")
        .replacing(record.prefix(10), with: "rrrrrrrrrr")
    }
    for (path, name) in [(vault.path, "VAULT"), (home.path, "HOME"), (files.path, "DESK")] {
      text = text.replacing(path, with: name)
    }
    return text.replacing(/\b[a-z2-7]{52}\b/, with: "<id>")
      .replacing(/\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b/) { match in
        // No case has this one: a test asks for it in vain.
        match.output == "0000-0000" ? match.output : "RRRR-RRRR"
      }
      .replacing(/T12:0[0-9]:[0-9][0-9]Z/, with: "T12:00:00Z")
  }
}
