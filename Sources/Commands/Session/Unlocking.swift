internal import CaseVault
internal import Sealing
internal import Terminal
internal import VaultFormat

/// From a passphrase to an open identity: what `unlock` does, and every command
/// that is its own agent.
enum Unlocking {
  /// Whose work a command is.
  enum Role {
    case anybody
    case casework
    case auditors
    case managers

    /// - Throws: `refused` for a role whose work it is not.
    func admit(_ role: VaultFormat.Role) throws(VaultError) {
      switch self {
      case .casework where !role.holdsMasterKey:
        throw VaultError(.refused, "the role \(role.rawValue) opens no case")
      case .auditors where role != .manager && role != .trustee:
        throw VaultError(
          .refused, "the role \(role.rawValue) does not read the access log",
          hint: "`casevault log verify` tells everybody whether it is whole")
      case .managers where role != .manager:
        throw VaultError(.refused, "only a manager admits; you are \(role.rawValue)")
      default: break
      }
    }
  }

  /// - Parameter role: whose work it is for.
  /// - Throws: `refused` for such a role, or a device that is not on the roster,
  ///   before anything is asked for; `noKey`, `locked`, `damaged`.
  static func membership(
    _ place: Places.Place, _ options: GlobalOptions, for role: Role = .anybody
  ) throws -> Membership {
    // A home that is nobody's in this vault keeps nothing of it.
    let file = try place.home.identityFile(of: place.vault)
    let vault = try Vault(place.folder, home: place.home)
    guard let standing = vault.roster.standing(of: file.device) else {
      throw VaultError(
        .refused, "this computer is not on the vault's roster",
        hint: "ask the manager to admit it")
    }
    try role.admit(standing.member.role)
    let identity = try Identity.open(file, with: try Passphrase.existing(options))
    return try Membership(vault, identity: identity, home: place.home) {
      Output.standard.note("waiting for another casevault in this home")
    }
  }
}
