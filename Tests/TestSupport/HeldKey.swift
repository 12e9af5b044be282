package import Sealing

/// A secret key that tests may keep in a variable.
package final class HeldKey: Sendable {
  package let key: SecretKey

  package init(_ key: consuming SecretKey) {
    self.key = key
  }
}

/// The labels of FORMAT §1.4 and §4.1, written down a second time: the forger
/// knows the format from its document, not from the code.
extension Label {
  package static let statementID = Label("cv1.statement")
  package static let segmentID = Label("cv1.segment")
  package static let recordID = Label("cv1.record")
}
