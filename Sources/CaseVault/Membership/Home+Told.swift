internal import Storage
internal import VaultFormat

extension Home {
  private static let maximumTold = 4 << 20

  private func toldPath(of vault: Identifier) -> String { "\(vault.text)/told" }

  /// The roster's entries that this computer has told its user of.
  private func told(of vault: Identifier) -> Set<Identifier> {
    guard let bytes = try? state.read(toldPath(of: vault), atMost: Self.maximumTold),
      let ids = (try? JSON(canonical: bytes))?.strings
    else { return [] }
    return Set(ids.compactMap { Identifier($0) })
  }

  /// What happened to the roster that this computer's user was not told yet; it is
  /// told now. The first time, nothing is news.
  package func news(of vault: Vault) -> [Roster.Notice] {
    let told = told(of: vault.id)
    let notices = vault.roster.notices()
    let all = told.union(notices.map(\.entry))
    if all != told {
      // Told once more is no harm.
      try? state.replace(JSON(ascending: all.sorted()).canonical, at: toldPath(of: vault.id))
    }
    return told.isEmpty ? [] : notices.filter { !told.contains($0.entry) }
  }
}
