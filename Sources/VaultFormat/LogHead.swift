/// Whose entries follow, from where on, and under which key: bytes 16 to 288 of a log segment and of
/// its spool (FORMAT §10).
package struct LogHead: Equatable, Sendable {
  /// Bytes of these fields.
  package static let size = 272
  /// The greatest number of an entry, which is a number of JSON too.
  package static let maximumSequence = UInt64(1) << 53 - 1

  package let vault: Identifier
  package let roster: Identifier
  package let device: Identifier
  /// Of the first entry, from 0.
  package let sequence: UInt64
  /// Before the first entry; zero for sequence 0.
  package let chain: Identifier
  /// The auditors' public key, X25519.
  package let auditors: Identifier
  /// The segment key sealed to the auditors: 104 bytes.
  package let box: [UInt8]

  package init(
    vault: Identifier, roster: Identifier, device: Identifier, sequence: UInt64,
    chain: Identifier, auditors: Identifier, box: [UInt8]
  ) {
    self.vault = vault
    self.roster = roster
    self.device = device
    self.sequence = sequence
    self.chain = chain
    self.auditors = auditors
    self.box = box
  }

  /// - Throws: `truncated`, `invalid`.
  init(_ reader: inout ByteReader) throws(FormatError) {
    vault = try reader.identifier()
    roster = try reader.identifier()
    device = try reader.identifier()
    sequence = try reader.integer()
    chain = try reader.identifier()
    auditors = try reader.identifier()
    box = try reader.take(104)
    // Room for a whole segment's entries behind it.
    guard sequence <= Self.maximumSequence - UInt64(LogSegment.maximumEntries) else {
      throw .invalid("sequence")
    }
    guard sequence > 0 || chain == .zero else { throw .invalid("chain") }
  }

  /// The same entries as another head of the roster sees them.
  package func seeing(_ roster: Identifier) -> LogHead {
    LogHead(
      vault: vault, roster: roster, device: device, sequence: sequence, chain: chain,
      auditors: auditors, box: box)
  }

  /// What the box authenticates beside itself.
  package var boxData: [UInt8] {
    Self.boxData(vault: vault, device: device, auditors: auditors)
  }

  /// What the box of a segment key authenticates beside itself.
  package static func boxData(
    vault: Identifier, device: Identifier, auditors: Identifier
  ) -> [UInt8] {
    Array("casevault 1 log\n".utf8) + vault.bytes + device.bytes + auditors.bytes
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for field in [vault, roster, device] { bytes.append(field) }
    bytes.append(integer: sequence)
    bytes.append(chain)
    bytes.append(auditors)
    return bytes + box
  }
}
