import Foundation
import TestSupport

/// What a program left: its exit code and what it wrote.
struct Ended: Sendable, Equatable {
  /// The exit code; 128 and more for a signal.
  let status: Int32
  let bytes: [UInt8]
  let errors: String

  var output: String { String(decoding: bytes, as: UTF8.self) }
  var lines: [String] { output.split(separator: "\n").map(String.init) }
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

  /// The lines that say what went wrong.
  var errorMessages: [String] { errorLines.filter { $0.hasPrefix("casevault: error: ") } }
  var hints: [String] { errorLines.filter { $0.hasPrefix("casevault: hint: ") } }

  /// The objects of the output, one a line.
  func objects() throws -> [[String: Any]] {
    try lines.map { line in
      try (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]).orThrow()
    }
  }

  /// The one object of the output.
  func object() throws -> [String: Any] {
    let objects = try objects()
    guard objects.count == 1, let object = objects.first else { throw Unexpected(self) }
    return object
  }

  /// A text member of the one object of the output.
  func text(_ member: String) throws -> String { try (object()[member] as? String).orThrow() }

  /// This, unless it failed.
  @discardableResult
  func succeeded() throws -> Ended {
    guard status == 0 else { throw Unexpected(self) }
    return self
  }
}

/// A command ended otherwise than a test needs in order to go on.
struct Unexpected: Error, CustomStringConvertible {
  let ended: Ended
  init(_ ended: Ended) { self.ended = ended }
  var description: String { "exit \(ended.status)\n\(ended.output)\n\(ended.errors)" }
}
