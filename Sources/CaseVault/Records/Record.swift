package import VaultFormat

/// A record whose front has verified: header, manifest, author, signature, size
/// (FORMAT §4.8, 1 to 9). Its content has not been looked at.
package struct Record: Sendable {
  package let id: Identifier
  package let name: RecordName
  package let caseID: Identifier
  package let manifest: Manifest
  package let signature: [UInt8]
  /// The author as the roster names them at the head that they saw.
  package let author: Member

  package init(
    id: Identifier, name: RecordName, caseID: Identifier, manifest: Manifest,
    signature: [UInt8], author: Member
  ) {
    self.id = id
    self.name = name
    self.caseID = caseID
    self.manifest = manifest
    self.signature = signature
    self.author = author
  }

  /// Where the record's file lies in the vault.
  package var path: String { "\(CaseKey.folder(of: caseID))/\(name.text)" }
}
