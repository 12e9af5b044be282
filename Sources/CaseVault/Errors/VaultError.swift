/// Why the vault did not do what was asked: one line for the person, and where
/// there is one, the way out.
///
/// No message carries a client's name, a word of a record or a secret.
package struct VaultError: Error {
  /// The exit codes of `Vault/CLI.md`.
  package enum Code: Int32, Sendable {
    case failed = 1
    case partlyDone = 3
    case noVault = 10
    case noKey = 12
    case locked = 13
    case damaged = 14
    case refused = 15
    case notFound = 16
    case usage = 64
  }

  package let code: Code
  package let message: String
  package let hint: String?
  package let cause: (any Error)?

  package init(
    _ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.cause = cause
  }
}

extension VaultError: Equatable {
  /// Errors compare by code: the words may change.
  package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
