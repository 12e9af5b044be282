/// Why a document is not taken, in one sentence for a person.
struct Refusal: Error {
  enum Code: Int32 {
    /// The document is damaged, encrypted, of another kind, or too large.
    case unreadable = 2
    /// A program that this one needs is not installed.
    case decoderMissing = 3
    /// The command line makes no sense.
    case usage = 64
  }

  let code: Code
  let reason: String

  init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  var exitCode: Int32 { code.rawValue }

  /// Writes `{"refused":…}`. That nobody reads it any more changes nothing.
  func report() {
    try? Answer.line(["refused": plainLine(reason)])
  }
}
