internal import Sealing
package import VaultFormat

extension Statement {
  /// The statement's id (FORMAT §1.4).
  package var id: Identifier { Identifier(hash(.statement, bytes)) }

  /// The statement, signed by a device.
  package func signed(by identity: Identity) -> Statement {
    var signed = self
    signed.signature = identity.signing.sign(Self.signatureText, self.signed)
    return signed
  }

  /// Whether the signature is of this key.
  package func isSigned(by key: Identifier) -> Bool {
    (try? verify(signature, by: key.inline, Self.signatureText, signed)) != nil
  }
}
