import Testing
import VaultFormat

extension Vector {
  /// Answers that bytes give only to who has the keys. To this target they are well formed.
  private static let sealedAnswers = [
    "ok", "not-authentic", "mismatch", "bad-public-key", "out-of-bounds",
  ]

  /// Reads with `read` and holds the outcome against the vector's answer.
  ///
  /// - Parameter namesField: whether `wrong` is a name of a JSON object, which the error names too.
  /// - Returns: what was read, or nil where it was refused as it should be.
  func read<Value>(
    namesField: Bool = false, _ read: () throws(FormatError) -> Value
  ) -> Value? {
    do throws(FormatError) {
      let value = try read()
      #expect(Self.sealedAnswers.contains(answer), "read, though \(wrong ?? "") is wrong")
      return value
    } catch {
      #expect(error.answer == answer)
      if namesField, let field = error.field { #expect(field == wrong) }
      return nil
    }
  }
}

extension FormatError {
  /// The word of Vault/vectors/README.md.
  var answer: String {
    switch self {
    case .truncated: "truncated"
    case .trailingBytes: "trailing"
    case .notCasevault: "not-casevault"
    case .laterProgram: "later-program"
    case .wrongType: "wrong-type"
    case .notZero: "not-zero"
    case .invalid: "invalid"
    case .notCanonical: "not-canonical"
    case .missing: "missing"
    }
  }

  var field: String? {
    switch self {
    case .invalid(let field), .missing(let field): field
    default: nil
    }
  }
}
