/// What a spool is of (FORMAT §12).
package struct SpoolDescription: Equatable, Sendable {
  /// The most that a name has, of the file or of a case's folder, in bytes.
  package static let maximumName = Manifest.maximumTitle

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
  /// How many blocks of that the spool held when this was said; later it may hold more.
  package var held: Int
  package var began: Timestamp
  /// Of a program's own file, which no record is to come of: not worth keeping after a crash.
  package var isTemporary: Bool

  package init(
    caseID: Identifier?, folder: String?, kind: String, name: String, base: Identifier?,
    length: Int, held: Int = 0, began: Timestamp, isTemporary: Bool = false
  ) {
    self.isTemporary = isTemporary
    self.caseID = caseID
    self.folder = folder
    self.kind = kind
    self.name = name
    self.base = base
    self.length = length
    self.held = held
    self.began = began
  }

  /// How many blocks the content has.
  package var blockCount: Int { (length + SpoolHeader.blockSize - 1) / SpoolHeader.blockSize }

  /// Whether everything in it is within its bounds: what is written is what can be read.
  package var isSound: Bool {
    guard (0...RecordLayout.maximumLength).contains(length), (0...blockCount).contains(held),
      RecordKind.saved.contains(kind), Self.isName(name), Timestamp(began.text) == began
    else { return false }
    guard let folder else { return caseID != nil }
    // What is to be a case has no versions yet.
    return caseID == nil && base == nil && Self.isName(folder)
  }

  /// Whether a file or a folder can be called so.
  private static func isName(_ text: String) -> Bool {
    (1...maximumName).contains(text.utf8.count) && text.isFreeOfControls
      && !text.utf8.contains(UInt8(ascii: "/")) && text != "." && text != ".."
  }

  package var json: [UInt8] {
    var members: [String: JSON] = [
      "began": .string(began.text), "held": .integer(held), "kind": .string(kind),
      "length": .integer(length), "name": .string(name),
    ]
    members["base"] = base.map { JSON($0) }
    members["case"] = caseID.map { JSON($0) }
    members["folder"] = folder.map(JSON.string)
    if isTemporary { members["temporary"] = true }
    return JSON.object(members).canonical
  }

  /// Reads one; a member that this program does not know is skipped.
  ///
  /// - Throws: `FormatError`; `invalid` for one that is not ``isSound``.
  package init(json bytes: [UInt8]) throws(FormatError) {
    guard let members = try JSON(canonical: bytes).object else { throw .notCanonical }
    func id(_ json: JSON) -> Identifier? { json.string.flatMap { Identifier($0) } }
    caseID = try members.optional("case", id)
    base = try members.optional("base", id)
    folder = try members.optional("folder") { $0.string }
    kind = try members.require("kind") { $0.string }
    name = try members.require("name") { $0.string }
    length = try members.require("length") { $0.integer }
    held = try members.require("held") { $0.integer }
    began = try members.require("began") { $0.string.flatMap { Timestamp($0) } }
    isTemporary = try members.optional("temporary") { $0 == .bool(true) ? true : nil } ?? false
    guard isSound else { throw .invalid("description") }
  }
}
