/// Something in the vault that is not as it should be, noticed in passing.
package struct Finding: Hashable, Sendable {
  /// How bad it is.
  package enum Kind: String, Sendable {
    /// A file that is not the vault's: ignored.
    case stranger
    /// A file of the vault that does not verify.
    case damaged
    /// A file signed, or keyed, by somebody who had no right to.
    case forged
    /// Something that was here, or must be, is not there.
    case missing
    /// Something that another file names was never seen here: it may be on its way.
    case notYet
    /// Left by a run that did not finish: ignored.
    case unfinished
    /// Dated after the clock of this computer.
    case ahead
    /// The index does not say what the records say.
    case stale
    /// Something of a client in clear.
    case leak

    /// Whether it is said in passing, and is no damage.
    package var isRemark: Bool { self == .stale || self == .notYet }
  }

  package let kind: Kind
  /// Below the vault's root; never a client's name.
  package let path: String
  package let reason: String

  package init(_ kind: Kind, _ path: String, _ reason: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// Whether the vault is worse off for it.
  package var isDamage: Bool { [.damaged, .forged, .missing].contains(kind) }
}
