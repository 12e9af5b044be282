/// The front of a spool: what a program writes into a mount and no record holds yet, kept sealed
/// in the device's home (FORMAT §12).
package struct SpoolHeader: Equatable, Sendable {
  /// Of a block, in bytes.
  package static let blockSize = RecordLayout.chunkSize
  /// Of the box that holds the spool's key, in bytes.
  package static let boxSize = 104
  /// The most that a description has, in bytes.
  package static let descriptionSize = 2_048
  /// Of the header, in bytes: preamble, vault, device, box, the spool's own 32 random bytes.
  package static let size = Preamble.size + 32 + 32 + boxSize + 32
  /// Where the nonce of the description stands; the sealed description follows.
  package static let descriptionOffset = size
  /// Where the first block's slot begins.
  package static let slotsOffset = 4_096
  /// Of a slot, in bytes: a nonce, a block, its tag. A nonce of zeros: no block.
  package static let slotSize = 24 + blockSize + 16

  package let vault: Identifier
  package let device: Identifier
  /// The key from which the process that wrote it derived its spools' keys, sealed to the
  /// device's unlock key.
  package var box: [UInt8]
  /// What tells the spool's key from those of the process's other spools.
  package let salt: Identifier

  package init(vault: Identifier, device: Identifier, box: [UInt8], salt: Identifier) {
    self.vault = vault
    self.device = device
    self.box = box
    self.salt = salt
  }

  /// - Throws: `FormatError`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    guard try Preamble.expect(.spool, from: &reader) == UInt32(Self.blockSize) else {
      throw .laterProgram
    }
    vault = try reader.identifier()
    device = try reader.identifier()
    box = try reader.take(Self.boxSize)
    salt = try reader.identifier()
    try reader.end()
  }

  package var bytes: [UInt8] { Self.front(vault: vault, device: device) + box + salt.bytes }

  /// What the box is bound to: all that stands in front of it.
  package static func front(vault: Identifier, device: Identifier) -> [UInt8] {
    Preamble(.spool, number: UInt32(blockSize)).bytes + vault.bytes + device.bytes
  }

  /// Where the slot of a block begins.
  package static func slotOffset(_ index: Int) -> Int { slotsOffset + index * slotSize }

  /// What a description is bound to.
  package static let descriptionData = Array("casevault 1 spool description\n".utf8)

  /// What a block is bound to.
  package static func blockData(_ index: Int) -> [UInt8] {
    var data = Array("casevault 1 spool block\n".utf8)
    data.append(integer: UInt64(index))
    return data
  }

  /// A description as it is sealed: its length, its JSON, zeros.
  ///
  /// - Throws: `invalid` for one that is too long.
  package static func padded(description json: [UInt8]) throws(FormatError) -> [UInt8] {
    guard json.count <= descriptionSize - 4 else { throw .invalid("description") }
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(json.count))
    bytes += json
    bytes.append(zeros: descriptionSize - bytes.count)
    return bytes
  }

  /// Takes a description that was opened out of its padding.
  ///
  /// - Throws: `FormatError`.
  package static func description(in plaintext: [UInt8]) throws(FormatError) -> [UInt8] {
    guard plaintext.count == descriptionSize else { throw .invalid("description") }
    var reader = ByteReader(plaintext)
    let count: UInt32 = try reader.integer()
    let json = try reader.take(Int(count))
    try reader.zeros(reader.remaining)
    return json
  }
}

/// What a spool is of (FORMAT §12).
package struct SpoolDescription: Equatable, Sendable {
  /// The case; nil for one that was to be opened.
  package var caseID: Identifier?
  /// The case's folder as the person named it, for one that was to be opened.
  package var folder: String?
  package var kind: String
  /// The file's name.
  package var name: String
  /// The version that was being changed.
  package var base: Identifier?
  /// The length of the content so far, in bytes.
  package var length: Int
  package var began: Timestamp
  /// Of a program's own file, which no record is to come of: not worth keeping after a crash.
  package var isTemporary: Bool

  package init(
    caseID: Identifier?, folder: String?, kind: String, name: String, base: Identifier?,
    length: Int, began: Timestamp, isTemporary: Bool = false
  ) {
    self.isTemporary = isTemporary
    self.caseID = caseID
    self.folder = folder
    self.kind = kind
    self.name = name
    self.base = base
    self.length = length
    self.began = began
  }

  package var json: [UInt8] {
    var members: [String: JSON] = [
      "began": .string(began.text), "kind": .string(kind), "length": .integer(length),
      "name": .string(name),
    ]
    members["base"] = base.map { JSON($0) }
    members["case"] = caseID.map { JSON($0) }
    members["folder"] = folder.map(JSON.string)
    if isTemporary { members["temporary"] = true }
    return JSON.object(members).canonical
  }

  /// - Throws: `FormatError`.
  package init(json bytes: [UInt8]) throws(FormatError) {
    guard let members = try JSON(canonical: bytes).object else { throw .notCanonical }
    func id(_ json: JSON) -> Identifier? { json.string.flatMap { Identifier($0) } }
    caseID = try members.optional("case", id)
    base = try members.optional("base", id)
    folder = try members.optional("folder") { $0.string }
    kind = try members.require("kind") { $0.string }
    name = try members.require("name") { $0.string }
    length = try members.require("length") { member in
      member.integer.flatMap { (0...RecordLayout.maximumLength).contains($0) ? $0 : nil }
    }
    began = try members.require("began") { $0.string.flatMap { Timestamp($0) } }
    isTemporary = try members.optional("temporary") { $0 == .bool(true) ? true : nil } ?? false
    guard (caseID == nil) != (folder == nil) else { throw .invalid("case") }
  }
}
