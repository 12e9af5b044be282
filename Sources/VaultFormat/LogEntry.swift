/// One entry of the access log where it lies in its file's bytes (FORMAT §10). It holds offsets and
/// no bytes: a segment has up to a million of them.
package struct LogEntry: Equatable, Sendable {
  /// What an entry is.
  package enum Kind: UInt32, Sendable {
    /// Somebody read or did something; the body is sealed to the auditors.
    case access = 1
    /// A record or a statement is about to be published.
    case made = 2
    /// The entries behind it are sealed under another segment key. No part of the chain.
    case change = 3
  }

  /// The bytes in front of the sealed body.
  package static let headSize = 40
  /// A nonce and a tag.
  package static let sealedOverhead = 40
  /// The auditors' public key and the box of a change of segment key.
  package static let changeSize = 136

  package let kind: Kind
  /// Where the entry begins, in bytes from the front of its file.
  package let start: Int
  /// The whole entry's size in bytes.
  package let size: Int

  /// Where the entry lies.
  package var range: Range<Int> { start..<start + size }
  /// Where its sealed body lies: nonce and ciphertext, or the R and the box of a change.
  package var sealed: Range<Int> { start + Self.headSize..<start + size }
  /// Where the hash of the signature lies that is about to be published.
  package var made: Range<Int> { start + 8..<start + Self.headSize }
  /// Whether it has a sequence number and is part of the chain.
  package var isChained: Bool { kind != .change }

  /// Finds the entry that begins at an offset and ends before `end`.
  ///
  /// - Throws: `truncated`, `notZero`, `invalid`.
  package init(in bytes: [UInt8], at offset: Int, before end: Int) throws(FormatError) {
    guard offset >= 0, end <= bytes.count, end - offset >= Self.headSize else { throw .truncated }
    guard let kind = Kind(rawValue: Self.number(bytes, offset)) else { throw .invalid("kind") }
    let sealed = Int(Self.number(bytes, offset + 4))
    guard Self.isSize(sealed, of: kind) else { throw .invalid("entry") }
    guard sealed <= end - offset - Self.headSize else { throw .truncated }
    if kind != .made {
      for index in offset + 8..<offset + Self.headSize where bytes[index] != 0 { throw .notZero }
    }
    self.kind = kind
    start = offset
    size = Self.headSize + sealed
  }

  /// The bytes of an entry.
  ///
  /// - Parameters:
  ///   - made: 32 bytes for ``Kind/made``; zero for the others.
  ///   - sealed: nothing for ``Kind/made``.
  package static func bytes(
    _ kind: Kind, made: Identifier = .zero, sealed: [UInt8] = []
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headSize + sealed.count)
    bytes.append(integer: kind.rawValue)
    bytes.append(integer: UInt32(sealed.count))
    bytes.append(made)
    return bytes + sealed
  }

  /// What a body authenticates beside itself.
  package static func data(chain: Identifier, sequence: UInt64) -> [UInt8] {
    var data = chain.bytes
    data.append(integer: sequence)
    return data
  }

  /// What the details of an entry authenticate beside themselves.
  package static func detailsData(
    vault: Identifier, device: Identifier, sequence: UInt64
  ) -> [UInt8] {
    var data = vault.bytes + device.bytes
    data.append(integer: sequence)
    return data
  }

  private static func isSize(_ sealed: Int, of kind: Kind) -> Bool {
    switch kind {
    case .access:
      let body = sealed - sealedOverhead
      return body > 0 && body <= LogBody.maximumSize && body % LogBody.step == 0
    case .made: return sealed == 0
    case .change: return sealed == changeSize
    }
  }

  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
      | UInt32(bytes[offset + 3]) << 24
  }
}
