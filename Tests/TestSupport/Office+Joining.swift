package import CaseVault
import Sealing
import Storage
package import VaultFormat

/// Somebody whose computer has asked to join.
package struct Newcomer: Sendable {
  package let home: Home
  package let enrolment: Enrolment
  package let identity: Identity

  package var words: String { enrolment.words.text }
}

extension Office {
  /// The vault as anybody sees it now.
  package func vault() throws -> Vault { try Vault(Folder(share.path)) }

  /// A member at their device, as a new command would open them.
  package func membership(
    of identity: Identity? = nil, home: Home? = nil
  ) throws -> Membership {
    try Membership(
      vault(), identity: identity ?? manager, home: home ?? self.home, clock: clock.clock)
  }

  /// A member who came in by a request.
  package func membership(of newcomer: Newcomer) throws -> Membership {
    try membership(of: newcomer.identity, home: newcomer.home)
  }

  /// A new computer asks to join, at a home of its own.
  ///
  /// - Parameter vault: what it is shown, unless it is shown this vault.
  package func enrol(_ name: String, in vault: Vault? = nil) throws -> Newcomer {
    let home = try home("home-\(Base32.encode(randomBytes(10)))")
    let vault = try vault ?? self.vault()
    let enrolment = try Enrolment.enrol(
      name: name, in: vault, home: home, passphrase: try Self.passphrase(),
      cost: Self.cost ?? .interactive, clock: clock.clock)
    let identity = try Identity.open(
      try home.identityFile(of: vault.id), with: try Self.passphrase())
    return Newcomer(home: home, enrolment: enrolment, identity: identity)
  }

  /// Admits whoever asked, as `staff admit` does.
  ///
  /// - Parameter by: the founding manager unless said otherwise.
  @discardableResult
  package func admit(
    _ newcomer: Newcomer, as admittance: Admittance = .member(.adviser),
    by manager: Newcomer? = nil, words: String? = nil
  ) throws -> Admitted {
    let membership = try manager.map { try self.membership(of: $0) } ?? self.membership()
    return try membership.admit(
      membership.vault.request(named: newcomer.enrolment.request.text), as: admittance,
      words: words ?? newcomer.words)
  }

  /// Enrols and admits in one.
  package func join(
    _ name: String, as admittance: Admittance = .member(.adviser), by manager: Newcomer? = nil
  ) throws -> Newcomer {
    let newcomer = try enrol(name)
    try admit(newcomer, as: admittance, by: manager)
    return newcomer
  }

  /// The grants that lie in the vault for a device.
  package func grants(to device: Identifier) throws -> [Grant] {
    let folder = "keyring/\(try epoch.text)"
    return share.names(folder).compactMap { try? Grant(share.read("\(folder)/\($0)")) }
      .filter { $0.device == device }
  }
}
