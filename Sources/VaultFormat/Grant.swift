/// A shared key sealed to one device (FORMAT §8).
package struct Grant: Equatable, Sendable {
  package static let size = 280
  static let headerSize = 176

  /// Which key a grant holds.
  package enum Purpose: UInt32, Sendable {
    case masterKey = 1
    case auditor = 2
    case managers = 3
    case caseKey = 4
  }

  package let purpose: Purpose
  package let vault: Identifier
  package let subject: Identifier
  package let roster: Identifier
  package let device: Identifier
  /// The recipient's unlock key, X25519.
  package let unlock: Identifier
  /// 104 bytes.
  package var box: [UInt8]

  package init(
    _ purpose: Purpose, vault: Identifier, subject: Identifier, roster: Identifier,
    device: Identifier, unlock: Identifier, box: [UInt8] = []
  ) {
    self.purpose = purpose
    self.vault = vault
    self.subject = subject
    self.roster = roster
    self.device = device
    self.unlock = unlock
    self.box = box
  }

  /// - Throws: `FormatError`; `laterProgram` for a purpose of a later program.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let number = try Preamble.expect(.grant, from: &reader)
    guard let purpose = Purpose(rawValue: number) else { throw .laterProgram }
    self.purpose = purpose
    vault = try reader.identifier()
    subject = try reader.identifier()
    roster = try reader.identifier()
    device = try reader.identifier()
    unlock = try reader.identifier()
    box = try reader.take(104)
    try reader.end()
  }

  private var header: [UInt8] {
    var bytes = Preamble(.grant, number: purpose.rawValue).bytes
    for field in [vault, subject, roster, device, unlock] { bytes.append(field) }
    return bytes
  }

  /// What the box authenticates beside itself.
  package var data: [UInt8] { Array("casevault 1 grant\n".utf8) + header }

  package var bytes: [UInt8] { header + box }
}
