internal import VaultFormat

extension Membership {
  /// Signs a pending admission a second time.
  ///
  /// - Parameters:
  ///   - name: the beginning of the entry's or the request's id; nil for the one
  ///     that waits for this member's signature.
  ///   - words: what the newcomer read out.
  /// - Throws: `refused` where this signature would not count, and for words that
  ///   differ; `notFound`, `failed`.
  package func countersign(_ name: String?, words: String) throws -> Admitted {
    let pending = try pending(named: name)
    guard vault.roster.canCountersign(pending, identity.device) else {
      throw VaultError(
        .refused, "your signature does not count here: it waits for \(pending.needs)")
    }
    // Made by the same keys: the request itself may have been made anew.
    let requests = try vault.requests().requests.filter { $0.keys == pending.keys }
    guard let request = requests.first(where: { $0.words.match(words) }) ?? requests.first else {
      throw VaultError(
        .notFound, "the request that this admits is not here",
        hint: "let them run `casevault enrol` again and read out its words")
    }
    try check(request, words)
    let (_, fresh) = try bringing([.countersignature]).enter(about: pending.entry) { parents in
      .countersign(
        RosterEntry.Countersignature(entry: pending.entry, parents: parents, time: clock.now))
    }
    return try fresh.finish(
      pending.entry, pending.member, isDevice: pending.isDevice, earlier: nil,
      renewing: pending.keys.id)
  }

  private func pending(named name: String?) throws -> Roster.Pending {
    let all = vault.roster.pending
    let found = all.filter { pending in
      guard let name else { return vault.roster.canCountersign(pending, identity.device) }
      let ids = [pending.entry, pending.request].compactMap { $0?.text }
      return !name.isEmpty && ids.contains { $0.hasPrefix(name) }
    }
    guard let pending = found.first, found.count == 1 else {
      let what = name.map { "under \($0)" } ?? "for your signature"
      throw VaultError(
        .notFound, found.isEmpty ? "nothing waits \(what)" : "several wait; name one",
        hint: "`casevault staff list` names what waits")
    }
    return pending
  }
}
