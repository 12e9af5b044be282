package import VaultFormat

/// What a record is to be, but for its content.
package struct RecordProposal: Equatable, Sendable {
  package let kind: String
  package let title: String
  package let mediaType: String
  package let details: [String: JSON]
  package let worked: CivilDate
  package let replaces: [Identifier]
  /// What an opening or an update says: the case is folded with it.
  package let change: CaseDetails?

  package init(
    kind: String, title: String, mediaType: String, details: [String: JSON] = [:],
    worked: CivilDate, replaces: [Identifier] = [], change: CaseDetails? = nil
  ) {
    self.kind = kind
    self.title = title
    self.mediaType = mediaType
    self.details = details
    self.worked = worked
    self.replaces = replaces
    self.change = change
  }

  /// The opening of a case.
  static func opening(_ details: CaseDetails, worked: CivilDate) -> RecordProposal {
    RecordProposal(
      kind: RecordKind.opening, title: "Case opened", mediaType: "application/json",
      worked: worked, change: details)
  }

  /// A change to what is known of a case.
  static func update(_ change: CaseDetails, worked: CivilDate) -> RecordProposal {
    RecordProposal(
      kind: RecordKind.update, title: "Details changed", mediaType: "application/json",
      worked: worked, change: change)
  }

  /// Whether the kind and what is folded from it belong together.
  var isConsistent: Bool {
    let isFolded = kind == RecordKind.opening || kind == RecordKind.update
    return isFolded == (change != nil)
  }
}

/// A record to be filed.
package struct NewRecord {
  package let proposal: RecordProposal
  package let content: Content

  package init(
    kind: String, title: String, mediaType: String, details: [String: JSON] = [:],
    worked: CivilDate, replaces: [Identifier] = [], content: Content
  ) {
    proposal = RecordProposal(
      kind: kind, title: title, mediaType: mediaType, details: details, worked: worked,
      replaces: replaces)
    self.content = content
  }

  /// An opening or an update, whose content is what it says.
  init(_ proposal: RecordProposal, _ change: CaseDetails) {
    self.proposal = proposal
    content = .bytes(change.content)
  }
}
