package import CaseVault
package import Storage
import VaultFormat

/// A vault opened by a computer that remembers what it has seen, and a share
/// that goes back in time.
extension Office {
  /// The vault, opened as a new command of a computer that keeps copies.
  package func openSeen(
    as identity: Identity? = nil, home: Home? = nil, faults: Faults? = nil
  ) throws -> OpenVault {
    let home = home ?? self.home
    return try OpenVault(
      Vault(Folder(share.path, faults: faults), home: home), identity: identity ?? manager,
      home: home, clock: clock.clock)
  }

  /// The whole share as it is now.
  package func snapshot() throws -> [String: [UInt8]] {
    try share.files().reduce(into: [:]) { $0[$1] = try share.read($1) }
  }

  /// Puts the share, or a folder of it, back to what it was.
  package func rollBack(to snapshot: [String: [UInt8]], _ folder: String = "") throws {
    for name in share.files() where name.hasPrefix(folder) && snapshot[name] == nil {
      try share.remove(name)
    }
    for (name, bytes) in snapshot where name.hasPrefix(folder) {
      try share.plant(bytes, at: name)
    }
  }

  /// Where the home keeps its copies.
  package var copies: String { "\(vaultID.text)/copies" }
}
