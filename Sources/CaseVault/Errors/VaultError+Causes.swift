package import Sealing
package import Storage
package import VaultFormat

extension VaultError {
  /// What a failed file operation means for the person.
  package init(_ error: StorageError, while doing: String) {
    let hint: String? =
      if error.isOutOfSpace {
        "free some space and run the command again; nothing half-done counts"
      } else if error.isRefused {
        "ask for the right to read and write there"
      } else {
        nil
      }
    let code: Code =
      switch error.reason {
      case .tooLarge, .notRegular, .changed: .damaged
      default: .failed
      }
    self.init(code, "\(doing): \(error)", hint: hint, cause: error)
  }

  /// A file that is not what the format says.
  package init(_ error: FormatError, in path: String) {
    switch error {
    case .laterProgram:
      self.init(
        .noVault, "\(path) was written by a later casevault",
        hint: "install the newest casevault", cause: error)
    default:
      self.init(.damaged, "\(path) is damaged", hint: Self.restoreHint, cause: error)
    }
  }

  /// What a refused sealing operation means where nothing better is known.
  package init(_ error: SealingError) {
    switch error {
    case .lockedMemoryUnavailable:
      self.init(
        .failed, "the system refuses to lock memory for keys",
        hint: "raise the limit on locked memory (ulimit -l) to 8192", cause: error)
    case .outOfMemory:
      self.init(
        .failed, "there is not enough memory to open the identity",
        hint: "close some programs and try again", cause: error)
    case .libraryUnavailable:
      self.init(.failed, "libsodium did not start", cause: error)
    case .notAuthentic, .outOfBounds, .badPublicKey:
      self.init(.damaged, "a key or a signature does not verify", cause: error)
    }
  }

  package static let restoreHint =
    "run `casevault check` to see what else is; fetch the file from a backup copy"
}
