internal import Sealing
internal import VaultFormat

extension Membership {
  /// This member as of the vault as it is now.
  ///
  /// - Throws: as ``refresh()``.
  func refreshed() throws -> Membership {
    _ = try refresh()
    return self
  }

  /// Publishes a roster entry that builds on every head this device can name, and
  /// looks at the roster that comes of it.
  ///
  /// - Parameters:
  ///   - about: an entry that the new one is about.
  ///   - entry: makes it from its parents.
  /// - Returns: the entry's id, and this member as of then.
  /// - Throws: `failed` also where the roster does not take it.
  func enter(
    about: Identifier? = nil, _ entry: ([Identifier]) throws -> RosterEntry
  ) throws -> (id: Identifier, membership: Membership) {
    let parents = vault.roster.parents(for: identity.device, about: about)
    let entry = try entry(parents)
    let id = try publish(
      entry.kind, entry.members(at: clock.now), in: "roster", seeing: parents.first
    ).id
    let fresh = try refreshed()
    guard fresh.vault.roster.knows(id) else {
      throw VaultError(.failed, "the roster did not take the entry \(id.text.prefix(10))")
    }
    return (id, fresh)
  }

  /// Puts kinds of statement on the roster's list, where they are not there yet, before
  /// the first of them is written (FORMAT §6.4).
  ///
  /// - Returns: this member as of then.
  /// - Throws: `refused` where it is for a manager to do; `failed`.
  func bringing(_ kinds: Set<Statement.Kind>) throws -> Membership {
    let missing = kinds.subtracting(vault.roster.kinds.map(\.kind))
    guard !missing.isEmpty else { return self }
    guard member.role == .manager else {
      throw VaultError(
        .refused, "this vault does not use second signatures yet",
        hint: "a manager brings them into use: let them admit the request again")
    }
    let brought = KindInUse.all.filter { missing.contains($0.kind) }
    return try enter { .kinds(brought, parents: $0) }.membership
  }
}
