internal import Agent
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
    try await Session.with(options, "case update") { session in
      let file = try session.agent.look(name)
      let change = try change(of: file.details, session)
      guard !change.members.isEmpty else {
        throw VaultError(
          .usage, "nothing to change was given", hint: "see `casevault help case update`")
      }
      let filing = session.filing()
      let record = try filing.update(file.id, change, worked: session.today())
      try filing.commit()
      session.report(filed: record, file.details.reference?.text)
    }
  }

  private func change(of old: CaseDetails, _ session: Session) throws -> CaseDetails {
    try refuseContradictions()
    var members = try details.details(session).members
    var client = members["client"]?.object ?? [:]
    var add: [String: JSON] = [:]
    var drop: [String: JSON] = [:]
    if !details.email.isEmpty {
      client["emails"] = nil
      add["emails"] = JSON(details.email)
    }
    if !details.phone.isEmpty {
      client["phones"] = nil
      add["phones"] = JSON(details.phone)
    }
    if !details.party.isEmpty {
      members["parties"] = nil
      add["parties"] = JSON(details.party)
    }
    drop["emails"] = try dropped(dropEmail, from: old.emails, "e-mail address")
    drop["phones"] = try dropped(dropPhone, from: old.phones, "telephone number")
    drop["parties"] = try dropped(dropParty, from: old.parties, "party")
    for field in clear {
      if let name = field.ofClient { client[name] = .null } else { members["topic"] = .null }
    }
    members["client"] = client.isEmpty ? nil : .object(client)
    if !add.isEmpty { members["add"] = .object(add) }
    if !drop.isEmpty { members["drop"] = .object(drop) }
    return CaseDetails(members)
  }

  /// The texts of a list that are meant, as they stand there; nil where none is.
  ///
  /// - Throws: `notFound` for one that is not there: nobody may believe it gone.
  private func dropped(_ typed: [String], from list: [String], _ thing: String) throws -> JSON? {
    guard !typed.isEmpty else { return nil }
    return JSON(
      try typed.flatMap { text in
        let meant = list.filter { Self.plain($0) == Self.plain(text) }
        guard !meant.isEmpty else {
          throw VaultError(
            .notFound, "the case has no such \(thing) to take away",
            hint: "`casevault case show` tells how it is written")
        }
        return meant
      })
  }

  /// Without capitals and, where there are digits, without what stands between them.
  private static func plain(_ text: String) -> String {
    let digits = text.filter(\.isNumber)
    let isNumber = digits.count >= 6 && text.allSatisfy { $0.isNumber || "+-()./ ".contains($0) }
    return isNumber ? digits : text.lowercased()
  }

  private func refuseContradictions() throws {
    let set: [(Field, String?)] = [
      (.client, details.client), (.pseudonym, details.pseudonym),
      (.studentID, details.studentId), (.contact, details.contact),
      (.unsafeContact, details.unsafeContact), (.topic, details.topic),
    ]
    for (field, text) in set where text != nil && clear.contains(field) {
      throw VaultError(.usage, "\(field.rawValue) cannot be both given and cleared")
    }
  }
}
