package import VaultFormat

extension Index {
  /// The case that a person names by its reference, its id, or an unambiguous
  /// beginning of either.
  ///
  /// - Throws: `notFound`: not there, mistyped, or several.
  package func caseID(named typed: String, in keyring: Keyring) throws(VaultError) -> Identifier {
    let reading = Reference.read(typed)
    if case .whole(let reference) = reading {
      let named = rows(with: reference).map(\.caseID)
      // The first eight characters of an id may happen to be a reference.
      if !named.isEmpty { return try one(of: named, typed) }
    }
    let lowered = typed.lowercased()
    var found = lowered.isEmpty ? [] : keyring.caseIDs.filter { $0.text.hasPrefix(lowered) }
    if case .beginning(let head) = reading {
      found += all.filter { row in
        row.summary.texts(.reference).contains { $0.hasPrefix(head) }
      }.map(\.caseID).filter { !found.contains($0) }
    }
    if found.isEmpty, reading == .mistyped {
      throw VaultError(
        .notFound, "\(typed) is mistyped: its last character does not fit the others",
        hint: "read the reference again, or use `casevault case find`")
    }
    return try one(of: found, typed)
  }

  private func one(of found: [Identifier], _ typed: String) throws(VaultError) -> Identifier {
    guard let first = found.first else {
      throw VaultError(
        .notFound, "no case \(typed)", hint: "`casevault case find WORDS` searches")
    }
    guard found.count == 1 else {
      let ids = found.sorted().map { $0.text.prefix(12) }.joined(separator: ", ")
      throw VaultError(
        .notFound, "\(typed) could be any of \(found.count) cases: \(ids)",
        hint: "name the case by its id")
    }
    return first
  }
}

extension OpenVault {
  /// The case that a person names. Before it is said not to be there, the vault
  /// is looked at once more.
  ///
  /// - Parameter age: how many seconds old the index in memory may be.
  /// - Throws: as ``Index/caseID(named:in:)`` and ``index(freshAtMost:)``.
  package func caseID(named typed: String, freshAtMost age: Int = 0) throws -> Identifier {
    do {
      return try index(freshAtMost: age).caseID(named: typed, in: keyring)
    } catch let error as VaultError where error.code == .notFound {
      try refresh()
      return try index().caseID(named: typed, in: keyring)
    }
  }
}

extension CaseFile {
  /// Whether what a person typed names this case, by what its records say.
  package func answers(to typed: String) -> Bool {
    guard !id.text.hasPrefix(typed.lowercased()) else { return true }
    let real = state.details.reference?.text ?? ""
    return switch Reference.read(typed) {
    case .whole(let reference): reference.text == real
    case .beginning(let head): real.hasPrefix(head)
    case .mistyped, .other: false
    }
  }
}
