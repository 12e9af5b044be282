package import VaultFormat

/// What is known of a case besides its records: the content of an `opening`,
/// with every `update` merged into it (FORMAT §4.7).
package struct CaseDetails: Equatable, Sendable {
  package static let maximumSize = 256 << 10

  /// The members, in the format's own names.
  package private(set) var members: [String: JSON]

  package init(_ members: [String: JSON]) {
    self.members = members
  }

  /// Reads the content of an opening or an update.
  ///
  /// - Throws: `FormatError`.
  ///
  /// - Parameter isUpdate: then `ref`, which is of the opening only, is ignored.
  package init(content: [UInt8], isUpdate: Bool = false) throws(FormatError) {
    guard var members = try JSON(canonical: content).object else { throw .notCanonical }
    if isUpdate { members["ref"] = nil }
    self.members = members
    try verify()
  }

  /// The content of an opening or an update.
  package var content: [UInt8] { JSON.object(members).canonical }

  /// Takes a change in, as a JSON merge patch does (RFC 7396): absent is
  /// unchanged, null removes. Then the texts of `drop` leave their lists and
  /// those of `add` join them, so that two who change a list apart both count.
  package mutating func merge(_ change: CaseDetails) {
    var rest = change.members
    let add = rest.removeValue(forKey: "add")?.object ?? [:]
    let drop = rest.removeValue(forKey: "drop")?.object ?? [:]
    members = Self.merged(members, rest)
    for list in Self.lists where add[list] != nil || drop[list] != nil {
      let dropped = Set(drop[list]?.strings ?? [])
      var texts = (self[list] ?? []).filter { !dropped.contains($0) }
      for text in add[list]?.strings ?? [] where !texts.contains(text) { texts.append(text) }
      self[list] = texts.isEmpty ? nil : texts
    }
  }

  /// The lists that `add` and `drop` change.
  package static let lists = ["emails", "parties", "phones"]

  /// One of the lists, wherever it stands.
  private subscript(list: String) -> [String]? {
    get { (list == "parties" ? members : clientMembers)[list]?.strings }
    set {
      let texts = newValue.map { JSON($0) }
      if list == "parties" {
        members[list] = texts
      } else {
        var client = clientMembers
        client[list] = texts
        members["client"] = client.isEmpty ? nil : .object(client)
      }
    }
  }

  /// The details of a case that a folder in a mount becomes: it is named for the client.
  package init(ofFolder name: String) { self.init(["client": ["name": .string(name)]]) }

  /// Whether a folder of this name became the case that these details open.
  func isOf(folder name: String) -> Bool {
    members.filter { !["ref", "adviser"].contains($0.key) } == CaseDetails(ofFolder: name).members
  }

  /// The reference is of the opening only.
  var withoutReference: CaseDetails { CaseDetails(members.filter { $0.key != "ref" }) }

  private static func merged(
    _ old: [String: JSON], _ change: [String: JSON]
  ) -> [String: JSON] {
    var merged = old
    for (name, value) in change {
      switch value {
      case .null: merged[name] = nil
      case .object(let inner):
        merged[name] = .object(Self.merged(old[name]?.object ?? [:], inner))
      default: merged[name] = value
      }
    }
    return merged
  }

  /// Checks the names that this program knows; others are kept.
  ///
  /// - Throws: `invalid`.
  package func verify() throws(FormatError) {
    for name in ["topic", "channel", "adviser", "ref"] {
      try Self.check(members[name], name) { $0.string.map(Self.isLine) ?? false }
    }
    try Self.check(members["ref"], "ref") { $0.string.flatMap { Reference($0) } != nil }
    try Self.check(members["adviser"], "adviser") {
      $0.string.flatMap(Base32.decode)?.count == 16
    }
    try Self.check(members["channel"], "channel") {
      $0.string.flatMap(Channel.init) != nil
    }
    try Self.check(members["parties"], "parties", Self.areLines)
    try Self.check(members["client"], "client") { $0.object != nil }
    let client = members["client"]?.object ?? [:]
    for name in ["name", "pseudonym", "student_id", "contact", "unsafe"] {
      try Self.check(client[name], name) { $0.string.map(Self.isLine) ?? false }
    }
    for name in ["emails", "phones"] {
      try Self.check(client[name], name, Self.areLines)
    }
    for change in ["add", "drop"] {
      try Self.check(members[change], change) { json in
        json.object?.allSatisfy { Self.lists.contains($0.key) && Self.areLines($0.value) } ?? false
      }
    }
  }

  private static func check(
    _ value: JSON?, _ name: String, _ isValid: (JSON) -> Bool
  ) throws(FormatError) {
    guard let value, value != .null else { return }
    guard isValid(value) else { throw .invalid(name) }
  }

  private static func areLines(_ value: JSON) -> Bool {
    guard let strings = value.strings, strings.count <= 1_000 else { return false }
    return strings.allSatisfy(isLine)
  }

  private static func isLine(_ text: String) -> Bool {
    (1...1_000).contains(text.utf8.count) && text.isFreeOfControls
      && !text.allSatisfy(\.isWhitespace)
  }
}

/// How a client came, or how an entry was made (P76).
package enum Channel: String, CaseIterable, Sendable {
  case inPerson = "in-person"
  case phone
  case email
  case video
  case letter
}

extension CaseDetails {
  package var reference: Reference? { members["ref"]?.string.flatMap { Reference($0) } }
  package var topic: String? { members["topic"]?.string }
  package var parties: [String] { members["parties"]?.strings ?? [] }
  /// A member's id.
  package var adviser: String? { members["adviser"]?.string }
  package var channel: Channel? { members["channel"]?.string.flatMap(Channel.init) }

  private var clientMembers: [String: JSON] { members["client"]?.object ?? [:] }
  package var clientName: String? { clientMembers["name"]?.string }
  package var pseudonym: String? { clientMembers["pseudonym"]?.string }
  package var studentID: String? { clientMembers["student_id"]?.string }
  package var emails: [String] { clientMembers["emails"]?.strings ?? [] }
  package var phones: [String] { clientMembers["phones"]?.strings ?? [] }
  /// The way the client likes to be reached.
  package var contact: String? { clientMembers["contact"]?.string }
  /// Ways that are not to be used.
  package var unsafeContact: String? { clientMembers["unsafe"]?.string }
  /// Nothing that identifies the client is kept (P47).
  package var isAnonymous: Bool {
    clientName == nil && studentID == nil && emails.isEmpty && phones.isEmpty
  }
}
