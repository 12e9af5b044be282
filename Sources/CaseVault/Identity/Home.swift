package import Storage
internal import VaultFormat

/// Where this device keeps its identities and local state: two folders that are
/// never in a vault, and this user's alone.
package struct Home: Sendable {
  package let identities: Folder
  package let state: Folder

  /// - Parameters: open folders; the same one may serve as both.
  package init(identities: Folder, state: Folder) {
    self.identities = identities
    self.state = state
  }

  func identityPath(of vault: Identifier) -> String { "\(vault.text)/identity" }
  func filingPath(of vault: Identifier) -> String { "\(vault.text)/filing" }

  func lockPath(of vault: Identifier) -> String { "\(vault.text)/lock" }
  func logPath(of vault: Identifier) -> String { "\(vault.text)/log" }

  /// Tells backup programs to leave this folder out (bford.info/cachedir).
  static let cacheTag = Array(
    ("Signature: 8a477f597d28d172789f06886806bc55\n"
      + "# Keys of casevault. An old copy of this folder, with its passphrase, opens cases\n"
      + "# that were meant to be forgotten. Backup programs leave it out; so should you.\n").utf8)
}
