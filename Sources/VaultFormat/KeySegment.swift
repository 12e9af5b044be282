/// A case key under an epoch's master key (FORMAT §7.2).
package struct Wrap: Hashable, Sendable {
  package static let size = 136

  package let caseID: Identifier
  package let generation: Identifier
  package let nonce: [UInt8]
  /// 48 bytes.
  package let sealed: [UInt8]

  package init(caseID: Identifier, generation: Identifier, nonce: [UInt8], sealed: [UInt8]) {
    self.caseID = caseID
    self.generation = generation
    self.nonce = nonce
    self.sealed = sealed
  }

  /// What a wrap authenticates beside itself.
  package static func data(
    vault: Identifier, epoch: Identifier, caseID: Identifier, generation: Identifier
  ) -> [UInt8] {
    Array("casevault 1 wrap\n".utf8) + vault.bytes + epoch.bytes + caseID.bytes
      + generation.bytes
  }
}

/// A signed file of wraps (FORMAT §7.2).
package struct KeySegment: Equatable, Sendable {
  package static let maximumWraps = 1 << 20
  package static let maximumReplaced = 4_096
  package static let maximumSize = 160 << 20
  package static let signatureText: StaticString = "casevault 1 keys\n"

  /// The bytes in front of the replaced segments.
  package static let headSize = 152

  /// The size of the file that begins so; nil for what begins no key segment.
  package static func size(from head: [UInt8]) -> Int? {
    var reader = ByteReader(head)
    guard let wraps = try? Preamble.expect(.keySegment, from: &reader), wraps <= maximumWraps,
      (try? reader.take(headSize - 8 - Preamble.size)) != nil,
      let replaced = try? reader.integer(UInt32.self), replaced <= maximumReplaced
    else { return nil }
    return headSize + 32 * Int(replaced) + Wrap.size * Int(wraps) + Statement.signatureSize
  }

  package let vault: Identifier
  package let epoch: Identifier
  package let roster: Identifier
  package let device: Identifier
  package let replaced: [Identifier]
  package let wraps: [Wrap]
  package var signature: [UInt8] = []

  package init(
    vault: Identifier, epoch: Identifier, roster: Identifier, device: Identifier,
    replaced: [Identifier], wraps: [Wrap]
  ) {
    self.vault = vault
    self.epoch = epoch
    self.roster = roster
    self.device = device
    self.replaced = replaced.sorted()
    self.wraps = wraps.sorted { ($0.caseID, $0.generation) < ($1.caseID, $1.generation) }
  }

  /// Takes a file apart. The signature is not verified here.
  ///
  /// - Throws: `FormatError`; counts are bounded before anything is allocated.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let count = try Preamble.expect(.keySegment, from: &reader)
    guard (1...UInt32(Self.maximumWraps)).contains(count) else { throw .invalid("wraps") }
    vault = try reader.identifier()
    epoch = try reader.identifier()
    roster = try reader.identifier()
    device = try reader.identifier()
    replaced = try Self.replaced(&reader)
    guard reader.remaining == Int(count) * Wrap.size + Statement.signatureSize else {
      throw reader.remaining < Int(count) * Wrap.size + Statement.signatureSize
        ? .truncated : .trailingBytes
    }
    var wraps: [Wrap] = []
    wraps.reserveCapacity(Int(count))
    for _ in 0..<count {
      wraps.append(
        Wrap(
          caseID: try reader.identifier(), generation: try reader.identifier(),
          nonce: try reader.take(24), sealed: try reader.take(48)))
    }
    guard
      zip(wraps, wraps.dropFirst()).allSatisfy({
        ($0.caseID, $0.generation) < ($1.caseID, $1.generation)
      })
    else { throw .invalid("order") }
    self.wraps = wraps
    signature = try reader.take(Statement.signatureSize)
  }

  /// The count of replaced segments and their ids, ascending.
  static func replaced(_ reader: inout ByteReader) throws(FormatError) -> [Identifier] {
    let count: UInt32 = try reader.integer()
    try reader.zeros(4)
    guard count <= maximumReplaced else { throw .invalid("replaced") }
    var replaced: [Identifier] = []
    for _ in 0..<count { replaced.append(try reader.identifier()) }
    guard zip(replaced, replaced.dropFirst()).allSatisfy(<) else { throw .invalid("replaced") }
    return replaced
  }

  /// What the signature covers.
  package var signed: [UInt8] {
    var bytes = Preamble(.keySegment, number: UInt32(wraps.count)).bytes
    for field in [vault, epoch, roster, device] { bytes.append(field) }
    bytes.append(integer: UInt32(replaced.count))
    bytes.append(zeros: 4)
    for segment in replaced { bytes.append(segment) }
    for wrap in wraps {
      bytes.append(wrap.caseID)
      bytes.append(wrap.generation)
      bytes += wrap.nonce
      bytes += wrap.sealed
    }
    return bytes
  }

  package var bytes: [UInt8] { signed + signature }
}
