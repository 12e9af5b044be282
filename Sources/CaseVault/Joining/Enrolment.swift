package import Sealing
internal import Storage
package import VaultFormat

/// A device asks to join (design/vault.md §6): its keys are made here, its request
/// lies in the vault, and its words are to be read out to a manager.
package struct Enrolment: Sendable {
  package let request: Identifier
  package let words: Words
  package let name: String

  private init(_ request: JoinRequest) {
    self.request = request.id
    words = request.words
    name = request.name
  }

  /// The request that this home has made already; nil where it is to be made.
  ///
  /// Needs no key.
  ///
  /// - Throws: `refused` where this computer is a member's already, `damaged`.
  package static func earlier(in vault: Vault, home: Home) throws -> Enrolment? {
    guard let file = try home.identityFileIfAny(of: vault.id) else { return nil }
    guard vault.roster.standing(of: file.device) == nil else {
      throw VaultError(
        .refused, "this computer is on the vault's roster already",
        hint: "to be another computer, set CASEVAULT_HOME to a folder of its own")
    }
    return try vault.requests().requests.last { $0.device == file.device }.map(Enrolment.init)
  }

  /// Makes this device's keys, keeps them, and asks to join. Where an earlier try got
  /// no further than the keys, or its request has vanished, it goes on with them.
  ///
  /// - Parameter name: the person's: 1 to 255 bytes without control characters.
  /// - Throws: as ``earlier(in:home:)``; `usage` for a name that cannot be; `noKey` for
  ///   a wrong passphrase of keys that are here; `failed`.
  package static func enrol(
    name: String, in vault: Vault, home: Home, passphrase: borrowing SecretBytes,
    cost: PassphraseCost, clock: Clock = .system
  ) throws -> Enrolment {
    if let earlier = try earlier(in: vault, home: home) { return earlier }
    guard (try? EnrolmentRequest(body(name, nil, clock))) != nil else {
      throw VaultError(.usage, "a name needs 1 to 255 bytes and no control characters")
    }
    let identity = try identity(in: vault, home: home, passphrase, cost)
    // The chain comes first: who admits the request seals keys to its end.
    let chain = Statement(
      .unlockKey, vault: vault.id, roster: vault.roster.heads[0], device: identity.device,
      body: UnlockKeyEntry(number: 0, previous: nil, unlock: identity.unlockPublic).members
    ).signed(by: identity)
    let keys = DeviceKeys(
      sign: Identifier(identity.signing.publicKey), unlock: identity.unlockPublic)
    let request = Statement(
      .request, vault: vault.id, roster: vault.roster.heads[0], device: identity.device,
      body: body(name, keys, clock)
    ).signed(by: identity)
    do throws(StorageError) {
      let path = "devices/\(identity.device.text)/0"
      if !vault.folder.exists(path) { try vault.folder.publish(chain.bytes, at: path) }
      try vault.folder.publish(request.bytes, at: "requests/\(request.id.text)")
    } catch {
      throw VaultError(error, while: "writing the request")
    }
    return Enrolment(try JoinRequest(request.bytes, in: vault.id))
  }

  private static func body(
    _ name: String, _ keys: DeviceKeys?, _ clock: Clock
  ) -> [String: JSON] {
    let keys = keys ?? DeviceKeys(sign: .zero, unlock: .zero)
    return EnrolmentRequest(name: name, device: keys, time: clock.now).members
  }

  /// The keys that are here already, or new ones, kept before anything is asked for.
  private static func identity(
    in vault: Vault, home: Home, _ passphrase: borrowing SecretBytes, _ cost: PassphraseCost
  ) throws -> Identity {
    if let file = try home.identityFileIfAny(of: vault.id) {
      return try Identity.open(file, with: passphrase)
    }
    let identity = Identity(
      vault: vault.id, member: Identity.undecided, signing: try SigningKey.random(),
      unlock: try UnlockKey.random())
    try home.keep(try identity.sealed(by: passphrase, cost: cost))
    return identity
  }
}
