/// What a folder holds, in the order the file system gives.
package struct Listing: Sendable {
  package let entries: [Entry]
  /// Whether there was more than the limit.
  package let truncated: Bool

  /// What stands under a name. A link is `.other`, whatever it points to.
  package enum Kind: Sendable { case file, folder, other }

  /// One name of a folder.
  package struct Entry: Sendable {
    /// The name, or nil if it is not UTF-8: no file of the vault is named so.
    package let name: String?
    package let kind: Kind
    private let strange: [UInt8]

    /// The bytes of the name, whatever they are; to show strangers with.
    package var raw: [UInt8] { name.map { Array($0.utf8) } ?? strange }

    /// The name for people: what is not UTF-8 or would move the cursor appears as "�".
    package var shown: String {
      String(
        String.UnicodeScalarView(
          String(decoding: raw, as: UTF8.self).unicodeScalars.map {
            $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
              ? "\u{FFFD}" : $0
          }))
    }

    init(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) {
      let name = unsafe String(validating: bytes, as: UTF8.self)
      self.name = name
      self.strange = unsafe name == nil ? Array(bytes) : []
      self.kind = kind
    }
  }
}
