/// `casevault.json`: the format's version and the vault's id (FORMAT §3).
package struct VaultDescriptor: Equatable, Sendable {
  package static let fileName = "casevault.json"
  package static let maximumSize = 4_096

  package let vault: Identifier

  package init(vault: Identifier) {
    self.vault = vault
  }

  /// - Throws: `laterProgram` for another version, `notCanonical`, `missing`, `invalid`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.last == UInt8(ascii: "\n"),
      let members = try JSON(canonical: Array(bytes.dropLast())).object
    else { throw .notCanonical }
    guard try members.require("casevault", { $0.integer }) == 1 else { throw .laterProgram }
    vault = try members.identifier("vault")
  }

  package var bytes: [UInt8] {
    JSON.object(["casevault": 1, "vault": JSON(vault)]).canonical + [UInt8(ascii: "\n")]
  }
}
