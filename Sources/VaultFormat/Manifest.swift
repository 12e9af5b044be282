/// What a record says of itself, signed by its author (FORMAT §4.2).
package struct Manifest: Equatable, Sendable {
  package static let plaintextSize = 3_872
  package static let maximumJSON = plaintextSize - 4 - signatureSize
  package static let maximumTitle = 255
  package static let maximumDetails = 1_536
  package static let maximumParents = 16
  package static let maximumReplaces = 16
  static let signatureSize = 64

  /// The member who wrote the record, 26 characters.
  package var author: String
  package var device: Identifier
  package var kind: String
  package var title: String
  package var mediaType: String
  /// Facts by kind (FORMAT §4.6).
  package var details: [String: JSON]
  /// The day of the work.
  package var worked: CivilDate
  package var recorded: Timestamp
  package var parents: [Identifier]
  /// The hash over the parents' signatures; nil without parents.
  package var seen: Identifier?
  package var replaces: [Identifier]
  /// The roster head that the author saw.
  package var roster: Identifier
  /// Sixteen bytes that the record's id is made from.
  package var random: [UInt8]
  /// Bytes of content.
  package var length: Int
  package var root: Identifier

  package init(
    author: String, device: Identifier, kind: String, title: String, mediaType: String,
    details: [String: JSON] = [:], worked: CivilDate, recorded: Timestamp,
    parents: [Identifier] = [], seen: Identifier? = nil, replaces: [Identifier] = [],
    roster: Identifier,
    random: [UInt8], length: Int = 0, root: Identifier = .zero
  ) {
    self.author = author
    self.device = device
    self.kind = kind
    self.title = title
    self.mediaType = mediaType
    self.details = details
    self.worked = worked
    self.recorded = recorded
    self.parents = parents
    self.seen = seen
    self.replaces = replaces
    self.roster = roster
    self.random = random
    self.length = length
    self.root = root
  }
}

extension Manifest {
  /// The canonical JSON.
  ///
  /// - Throws: `invalid` naming what is out of bounds.
  package func json() throws(FormatError) -> [UInt8] {
    guard JSON.object(details).isWritable, JSON.integers.contains(length) else {
      throw .invalid("details")
    }
    var members: [String: JSON] = [
      "author": .string(author), "device": JSON(device), "kind": .string(kind),
      "length": .integer(length), "media_type": .string(mediaType),
      "parents": JSON(ascending: parents), "random": .string(Base32.encode(random)),
      "recorded": .string(recorded.text), "root": JSON(root), "roster": JSON(roster),
      "title": .string(title), "worked": .string(worked.text),
    ]
    if !details.isEmpty { members["details"] = .object(details) }
    if let seen { members["seen"] = JSON(seen) }
    if !replaces.isEmpty { members["replaces"] = JSON(ascending: replaces) }
    let bytes = JSON.object(members).canonical
    // What is written is what can be read: one set of bounds serves both.
    _ = try Manifest(json: bytes)
    return bytes
  }

  /// Reads the canonical JSON.
  ///
  /// - Throws: `notCanonical`, `missing`, `invalid`.
  package init(json bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.maximumJSON else { throw .invalid("manifest") }
    guard let members = try JSON(canonical: bytes).object else { throw .notCanonical }
    author = try members.require("author") { $0.string.flatMap(Self.member) }
    device = try members.identifier("device")
    kind = try members.require("kind") { $0.string.flatMap(Self.kind) }
    length = try members.require("length") { member in
      member.integer.flatMap { (0...RecordLayout.maximumLength).contains($0) ? $0 : nil }
    }
    mediaType = try members.require("media_type") { $0.string.flatMap(Self.mediaType) }
    parents = try members.identifiers("parents", limit: Self.maximumParents)
    random = try members.require("random") { member in
      member.string.flatMap(Base32.decode).flatMap { $0.count == 16 ? $0 : nil }
    }
    recorded = try members.require("recorded") { $0.string.flatMap { Timestamp($0) } }
    replaces =
      members["replaces"] == nil
      ? [] : try members.identifiers("replaces", limit: Self.maximumReplaces)
    root = try members.identifier("root")
    seen = try members.optional("seen") { $0.string.flatMap { Identifier($0) } }
    roster = try members.identifier("roster")
    title = try members.require("title") { $0.string.flatMap(Self.title) }
    worked = try members.require("worked") { $0.string.flatMap { CivilDate($0) } }
    details =
      try members.optional("details") { member in
        guard let object = member.object, !object.isEmpty,
          member.canonical.count <= Self.maximumDetails
        else { return nil }
        return object
      } ?? [:]
    if members["replaces"] != nil && replaces.isEmpty { throw .invalid("replaces") }
    if parents.isEmpty != (seen == nil) { throw .invalid("seen") }
  }

  /// What the author's signature covers: `vault || case || record || JSON`.
  package static func signed(
    vault: Identifier, caseID: Identifier, record: Identifier, json: [UInt8]
  ) -> [UInt8] {
    vault.bytes + caseID.bytes + record.bytes + json
  }

  /// The 3,872 bytes that are sealed.
  package static func plaintext(json: [UInt8], signature: [UInt8]) throws(FormatError) -> [UInt8] {
    guard json.count <= maximumJSON, signature.count == signatureSize else {
      throw .invalid("manifest")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(plaintextSize)
    bytes.append(integer: UInt32(json.count))
    bytes += signature
    bytes += json
    bytes.append(zeros: plaintextSize - bytes.count)
    return bytes
  }

  /// Takes the sealed bytes apart.
  ///
  /// - Throws: `invalid`, `notZero`.
  package static func parts(
    of plaintext: [UInt8]
  ) throws(FormatError) -> (json: [UInt8], signature: [UInt8]) {
    guard plaintext.count == plaintextSize else { throw .invalid("manifest") }
    var reader = ByteReader(plaintext)
    let count: UInt32 = try reader.integer()
    guard count <= maximumJSON else { throw .invalid("manifest") }
    let signature = try reader.take(signatureSize)
    let json = try reader.take(Int(count))
    try reader.zeros(reader.remaining)
    return (json, signature)
  }

  private static func member(_ text: String) -> String? {
    Base32.decode(text)?.count == 16 ? text : nil
  }

  private static func kind(_ text: String) -> String? {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy({
        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
      }) ? text : nil
  }

  /// A type and a subtype without parameters (RFC 6838 §4.2).
  private static func mediaType(_ text: String) -> String? {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let marks = Array("!#$&-^_.+".utf8)
    guard text.utf8.count <= 127, parts.count == 2,
      parts.allSatisfy({ part in
        !part.isEmpty
          && part.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
              || marks.contains($0)
          }
      })
    else { return nil }
    return text
  }

  private static func title(_ text: String) -> String? {
    text.utf8.count <= maximumTitle && text.isFreeOfControls ? text : nil
  }
}

extension String {
  /// Whether no character is one of U+0000 to U+001F or U+007F to U+009F.
  package var isFreeOfControls: Bool {
    unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
  }
}
