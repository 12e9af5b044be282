internal import ArgumentParser
internal import CaseVault
internal import VaultFormat

struct CaseUpdate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change what is known of a case or its client.",
    discussion: """
      E-mail addresses, telephone numbers and parties are added to those that are there. \
      What was there before stays in the case's history.
      """)

  @Argument(help: "The case.")
  var name: String

  @OptionGroup var details: DetailOptions

  @Option(help: "Take an e-mail address away; may be given again.")
  var dropEmail: [String] = []

  @Option(help: "Take a telephone number away; may be given again.")
  var dropPhone: [String] = []

  @Option(help: "Take a party away; may be given again.")
  var dropParty: [String] = []

  @Option(help: "Clear client, pseudonym, student-id, contact, unsafe-contact or topic.")
  var clear: [Field] = []

  @OptionGroup var options: GlobalOptions

  enum Field: String, ExpressibleByArgument, CaseIterable {
    case client
    case pseudonym
    case studentID = "student-id"
    case contact
    case unsafeContact = "unsafe-contact"
    case topic

    /// The format's name of a member of the client; nil for one of the case.
    var ofClient: String? {
      switch self {
      case .client: "name"
      case .pseudonym: "pseudonym"
      case .studentID: "student_id"
      case .contact: "contact"
      case .unsafeContact: "unsafe"
      case .topic: nil
      }
    }
  }

  func run() async throws {
    try await Session.with(options) { session in
      let file = try session.caseFile(name)
      let change = try change(of: file.state.details, session)
      guard !change.members.isEmpty else {
        throw VaultError(
          .usage, "nothing to change was given", hint: "see `casevault help case update`")
      }
      let filing = Filing(in: session.vault)
      let record = try filing.update(file, change)
      try filing.commit()
      session.report(filed: record, in: file)
    }
  }

  private func change(of old: CaseDetails, _ session: Session) throws -> CaseDetails {
    var members = try details.details(session).members
    var client = members["client"]?.object ?? [:]
    client["emails"] = list(old.emails, details.email, dropEmail, client["emails"])
    client["phones"] = list(old.phones, details.phone, dropPhone, client["phones"])
    for field in clear {
      if let name = field.ofClient { client[name] = .null } else { members["topic"] = .null }
    }
    if !client.isEmpty { members["client"] = .object(client) }
    members["parties"] = list(old.parties, details.party, dropParty, members["parties"])
    return CaseDetails(members)
  }

  /// A list with some texts added and some taken away; what a file says goes
  /// first; nil where nothing changes.
  private func list(
    _ old: [String], _ added: [String], _ dropped: [String], _ given: JSON?
  ) -> JSON? {
    if added.isEmpty && dropped.isEmpty { return given }
    let kept = old.filter { !dropped.contains($0) && !added.contains($0) }
    let all = kept + added
    return all.isEmpty ? .null : JSON(all)
  }
}
