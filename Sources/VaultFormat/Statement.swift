/// The signed envelope of everything that is neither record nor segment
/// (FORMAT §5.1), or its sealed form (§5.3).
package struct Statement: Equatable, Sendable {
  package static let maximumSize = 1 << 20
  package static let headerSize = 112
  package static let signatureSize = 64
  package static let signatureText: StaticString = "casevault 1 statement\n"

  /// A statement's kind by number (FORMAT §5.2). Numbers are for ever.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let rosterFound = Kind(rawValue: 1)
    package static let rosterAdmit = Kind(rawValue: 2)
    package static let rosterKinds = Kind(rawValue: 3)
    package static let rosterDevice = Kind(rawValue: 4)
    package static let countersignature = Kind(rawValue: 8)
    package static let unlockKey = Kind(rawValue: 32)
    package static let request = Kind(rawValue: 34)
    package static let epoch = Kind(rawValue: 48)

    /// Whether statements of this kind make up the roster.
    package var isRoster: Bool { (1...31).contains(rawValue) }
  }

  package let kind: Kind
  package let isSealed: Bool
  package let vault: Identifier
  /// The roster head that the signer saw.
  package let roster: Identifier
  package let device: Identifier
  package let body: [UInt8]
  package var signature: [UInt8]

  /// A statement yet to be signed.
  package init(
    _ kind: Kind, vault: Identifier, roster: Identifier, device: Identifier,
    body: [String: JSON]
  ) {
    self.kind = kind
    isSealed = false
    self.vault = vault
    self.roster = roster
    self.device = device
    self.body = JSON.object(body).canonical
    signature = []
  }

  /// Takes a file apart. The signature is not verified here.
  ///
  /// - Throws: what `Preamble` throws, `wrongType`, `truncated`, `trailingBytes`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.maximumSize else { throw .invalid("statement") }
    var reader = ByteReader(bytes)
    let preamble = try Preamble(&reader)
    guard preamble.type == .statement || preamble.type == .sealedStatement else {
      throw .wrongType
    }
    kind = Kind(rawValue: preamble.number)
    isSealed = preamble.type == .sealedStatement
    vault = try reader.identifier()
    roster = try reader.identifier()
    device = try reader.identifier()
    body = try reader.take(Int(try reader.integer(UInt32.self)))
    signature = try reader.take(Self.signatureSize)
    try reader.end()
  }

  /// What the signature covers: every byte before it.
  package var signed: [UInt8] {
    var bytes = Preamble(isSealed ? .sealedStatement : .statement, number: kind.rawValue).bytes
    bytes.append(vault)
    bytes.append(roster)
    bytes.append(device)
    bytes.append(integer: UInt32(body.count))
    return bytes + body
  }

  /// The whole file.
  package var bytes: [UInt8] { signed + signature }

  /// The body's members.
  ///
  /// - Throws: `notCanonical`, also for a sealed one.
  package func members() throws(FormatError) -> [String: JSON] {
    guard !isSealed, let members = try JSON(canonical: body).object else { throw .notCanonical }
    return members
  }
}
