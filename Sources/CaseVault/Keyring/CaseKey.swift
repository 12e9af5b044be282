internal import Sealing
package import VaultFormat

/// One generation of a case's key, with its place in the vault.
package final class CaseKey: Sendable {
  package let vault: Identifier
  package let caseID: Identifier
  package let generation: Identifier
  let key: SecretKey

  init(
    vault: Identifier, caseID: Identifier, generation: Identifier, key: consuming SecretKey
  ) {
    self.vault = vault
    self.caseID = caseID
    self.generation = generation
    self.key = key
  }

  /// The first key of a new case: it names the case (FORMAT §1.4).
  static func fresh(in vault: Identifier) throws -> CaseKey {
    let key = try SecretKey.random()
    let generation = Identifier(key.commitment(.caseCommitment, vault.bytes))
    return CaseKey(
      vault: vault, caseID: Self.caseID(of: generation), generation: generation, key: key)
  }

  /// The case that a first generation belongs to.
  static func caseID(of generation: Identifier) -> Identifier {
    Identifier(hash(.caseID, generation.bytes))
  }

  /// The part of a record's name that tells the generation.
  package var suffix: String { String(generation.text.prefix(10)) }

  /// The folder of the case's records.
  package var folder: String { Self.folder(of: caseID) }

  package static func folder(of caseID: Identifier) -> String {
    let text = caseID.text
    return "cases/\(text.prefix(2))/\(text)"
  }
}
