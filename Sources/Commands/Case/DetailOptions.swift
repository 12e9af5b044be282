internal import ArgumentParser
internal import CaseVault
internal import VaultFormat

/// What a person can say of a case and its client.
struct DetailOptions: ParsableArguments {
  @Option(help: "Take the details from a JSON file; - is standard input.")
  var from: String?

  @Option(help: "The client's name.")
  var client: String?

  @Option(help: "A name of the client's choice, where they give no other.")
  var pseudonym: String?

  @Option(help: "The client's student number.")
  var studentId: String?

  @Option(help: "An e-mail address of the client; may be given again.")
  var email: [String] = []

  @Option(help: "A telephone number of the client; may be given again.")
  var phone: [String] = []

  @Option(help: "How the client likes to be reached.")
  var contact: String?

  @Option(help: "A way that must not be used to reach the client.")
  var unsafeContact: String?

  @Option(help: "Another party, such as a landlord; may be given again.")
  var party: [String] = []

  @Option(help: "What the case is about.")
  var topic: String?

  @Option(help: "The adviser's name, or me.")
  var adviser: String?

  @Option(help: "How the client came: in-person, phone, email, video or letter.")
  var channel: Channel?

  /// The details that were given, as an opening or a change.
  ///
  /// - Throws: `usage`, `notFound` for an adviser whom nobody knows.
  func details(_ session: Session) throws -> CaseDetails {
    var members = try from.map { try JSONInput.details($0, session) } ?? [:]
    var person = members["client"]?.object ?? [:]
    for (name, text) in [
      ("name", client), ("pseudonym", pseudonym), ("student_id", studentId),
      ("contact", contact), ("unsafe", unsafeContact),
    ] {
      if let text { person[name] = .string(text) }
    }
    if !email.isEmpty { person["emails"] = JSON(email) }
    if !phone.isEmpty { person["phones"] = JSON(phone) }
    if !person.isEmpty { members["client"] = .object(person) }
    if !party.isEmpty { members["parties"] = JSON(party) }
    if let topic { members["topic"] = .string(topic) }
    if let channel { members["channel"] = .string(channel.rawValue) }
    if let adviser { members["adviser"] = .string(try session.memberID(adviser)) }
    let details = CaseDetails(members)
    do {
      try details.verify()
    } catch .invalid(let field) {
      throw VaultError(
        .usage, "\(field.replacing("_", with: "-")) is empty, too long or has control characters")
    } catch {
      throw VaultError(.usage, "these details make no sense")
    }
    return details
  }
}

extension Channel: ExpressibleByArgument {}
