package import CaseVault
package import Sealing
package import Storage
package import VaultFormat

/// An advice service of one manager with a fresh vault on a share, and a home
/// beside it; gone with the test.
///
/// The passphrase is cheap and the clock stands at noon of 22 November 2026.
package final class Office: Sendable {
  package static let noon = "2026-11-22T12:00:00Z"
  package static let cost = try? PassphraseCost(passes: 1, memory: 8 << 20)

  private let folder: TemporaryFolder
  package let clock: MovableClock
  /// The vault as the owner of the disk sees it.
  package let share: Share
  package let home: Home
  package let vaultID: Identifier
  /// The manager's identity, open.
  package let manager: Identity
  /// The manager's unlock key, once more: an identity does not lend its own.
  package let managerUnlock: HeldKey

  package init(at time: String = Office.noon) throws {
    folder = try TemporaryFolder()
    clock = MovableClock(time)
    share = folder.share("vault")
    home = try Self.home("home", in: folder)
    vaultID = try Founding(
      service: "Advice Place", manager: "Mara Manager", cost: Self.cost ?? .interactive,
      time: clock.now
    ).makeVault(at: share.path, home: home, passphrase: try Self.passphrase())
    let file = try home.identityFile(of: vaultID)
    manager = try Identity.open(file, with: try Self.passphrase())
    managerUnlock = try Self.unlockKey(in: file)
  }

  /// The manager's passphrase.
  package static func passphrase(_ text: String = "correct horse") throws -> SecretBytes {
    try SecretBytes.filled(capacity: 64) { buffer in
      buffer.copyBytes(from: text.utf8)
      return text.utf8.count
    }
  }

  /// A home of that name beside the vault, made where it is not there.
  package func home(_ name: String, faults: Faults? = nil) throws -> Home {
    try Self.home(name, in: folder, faults: faults)
  }

  private static func home(
    _ name: String, in folder: TemporaryFolder, faults: Faults? = nil
  ) throws -> Home {
    try folder.share().makeFolder(name)
    let opened = try Folder(folder.share(name).path, faults: faults)
    return Home(identities: opened, state: opened)
  }

  /// The share beside the vault that holds a home of that name.
  package func homeShare(_ name: String = "home") -> Share { folder.share(name) }

  /// The vault, opened as a new command would: nothing is remembered.
  package func open(
    as identity: Identity? = nil, home: Home? = nil, faults: Faults? = nil
  ) throws -> OpenVault {
    try OpenVault(
      Vault(Folder(share.path, faults: faults)), identity: identity ?? manager,
      home: home ?? self.home, clock: clock.clock)
  }

  /// The unlock key in an identity file, opened by the document (FORMAT §11).
  private static func unlockKey(in file: IdentityFile) throws -> HeldKey {
    try keys(in: file)[1]
  }

  /// The signing seed and the unlock key in an identity file (FORMAT §11).
  package static func keys(in file: IdentityFile) throws -> [HeldKey] {
    let cost = try PassphraseCost(passes: file.passes, memory: file.memory)
    let key = try SecretKey.stretched(from: try passphrase(), salt: file.salt, cost: cost)
    let plaintext = try Envelope.openBytes(
      file.sealed, key: try key.derive(Label("cv1.identity")), nonce: file.nonce,
      data: file.data)
    return try [4, 36].map { HeldKey(try SecretKey(copying: plaintext, at: $0)) }
  }
}
