internal import Sealing
internal import Storage
package import VaultFormat

extension Home {
  /// Reads this home's identity file for a vault.
  ///
  /// - Throws: `noKey` where there is none, `damaged`.
  package func identityFile(of vault: Identifier) throws -> IdentityFile {
    let path = identityPath(of: vault)
    do {
      let file = try IdentityFile(
        identities.read(path, atMost: IdentityFile.maximumSize))
      guard file.vault == vault else { throw FormatError.invalid("vault") }
      return file
    } catch let error as StorageError where error.isMissing {
      throw VaultError(
        .noKey, "this computer has no identity for this vault",
        hint: "set CASEVAULT_HOME to the folder that has it, or join with `casevault enrol`",
        cause: error)
    } catch let error as StorageError {
      throw VaultError(error, while: "reading the identity")
    } catch let error as FormatError {
      throw VaultError(
        .damaged, "the identity in \(identities.path) is damaged",
        hint: "a computer whose identity is lost enrols again; keys are in no backup",
        cause: error)
    }
  }

  /// This home's identity file for a vault; nil where there is none.
  ///
  /// - Throws: `damaged`.
  package func identityFileIfAny(of vault: Identifier) throws -> IdentityFile? {
    guard identities.exists(identityPath(of: vault)) else { return nil }
    return try identityFile(of: vault)
  }

  /// Keeps an identity, in place of an earlier one where there is one.
  ///
  /// - Throws: `failed`.
  package func keep(_ file: IdentityFile) throws(VaultError) {
    do throws(StorageError) {
      try identities.replace(Self.cacheTag, at: "CACHEDIR.TAG")
      try identities.replace(file.bytes, at: identityPath(of: file.vault))
    } catch {
      throw VaultError(error, while: "writing the identity")
    }
  }

  /// Takes an identity back whose vault did not come to be.
  func forgetIdentity(of vault: Identifier) {
    try? identities.remove(identityPath(of: vault))
    try? identities.removeFolder(vault.text)
  }
}
