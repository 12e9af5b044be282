/// What a client's personal details are used for: the closed list of the service's privacy notice.
package enum Purpose: String, Sendable, CaseIterable {
  case advice, contact, monitoring, feedback, upkeep
}

/// What an access entry says to the auditors (FORMAT §10.2).
package struct LogBody: Equatable, Sendable {
  /// How what was asked for ended.
  package enum Outcome: String, Sendable, CaseIterable {
    case ok, damaged, refused
  }

  /// The most bytes that a padded body has.
  package static let maximumSize = 4_096
  /// Bodies are padded to multiples of so many bytes.
  package static let step = 256
  /// The most bytes of an action, a program, and sealed details.
  package static let maximumAction = 64
  package static let maximumProgram = 1_024
  package static let maximumDetails = 1_024

  /// The command's words, such as `case show`.
  package let action: String
  package let caseID: Identifier?
  package let record: Identifier?
  package let member: String
  /// The executable's path: a hint.
  package let program: String?
  package let purpose: Purpose
  package let outcome: Outcome
  package let time: Timestamp
  /// Nonce and ciphertext under the case's log key.
  package let details: [UInt8]?

  package init(
    action: String, caseID: Identifier? = nil, record: Identifier? = nil, member: String,
    program: String? = nil, purpose: Purpose, outcome: Outcome, time: Timestamp,
    details: [UInt8]? = nil
  ) {
    self.action = action
    self.caseID = caseID
    self.record = record
    self.member = member
    self.program = program
    self.purpose = purpose
    self.outcome = outcome
    self.time = time
    self.details = details
  }

  /// Reads an opened body.
  ///
  /// - Throws: `truncated`, `notZero`, `notCanonical`, `missing`, `invalid`.
  package init(_ plaintext: [UInt8]) throws(FormatError) {
    guard plaintext.count <= Self.maximumSize, plaintext.count % Self.step == 0 else {
      throw .invalid("body")
    }
    var reader = ByteReader(plaintext)
    let json = try reader.take(Int(try reader.integer(UInt32.self)))
    guard reader.remaining < Self.step else { throw .invalid("padding") }
    try reader.zeros(reader.remaining)
    guard let members = try JSON(canonical: json).object else { throw .notCanonical }
    try self.init(members)
  }

  private init(_ members: [String: JSON]) throws(FormatError) {
    func id(_ json: JSON) -> Identifier? { json.string.flatMap { Identifier($0) } }
    action = try members.require("action") { Self.text($0, atMost: Self.maximumAction) }
    caseID = try members.optional("case", id)
    record = try members.optional("record", id)
    member = try members.require("member") { member in
      member.string.flatMap { Base32.decode($0)?.count == 16 ? $0 : nil }
    }
    program = try members.optional("program") { Self.text($0, atMost: Self.maximumProgram) }
    purpose = try members.require("purpose") { $0.string.flatMap(Purpose.init(rawValue:)) }
    outcome = try members.require("result") { $0.string.flatMap(Outcome.init(rawValue:)) }
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
    details = try members.optional("details") { details in
      details.string.flatMap { Base32.decode($0) }.flatMap {
        (LogEntry.sealedOverhead...Self.maximumDetails).contains($0.count) ? $0 : nil
      }
    }
  }

  private static func text(_ json: JSON, atMost limit: Int) -> String? {
    json.string.flatMap {
      (1...limit).contains($0.utf8.count) && $0.isFreeOfControls ? $0 : nil
    }
  }

  private var members: [String: JSON] {
    var members: [String: JSON] = [
      "action": .string(action), "member": .string(member),
      "purpose": .string(purpose.rawValue), "result": .string(outcome.rawValue),
      "time": .string(time.text),
    ]
    members["case"] = caseID.map { JSON($0) }
    members["record"] = record.map { JSON($0) }
    members["program"] = program.map(JSON.string)
    members["details"] = details.map { .string(Base32.encode($0)) }
    return members
  }

  /// The body to seal: a count, the JSON, zero to the next multiple of 256.
  ///
  /// - Throws: `invalid` beyond a bound.
  package func plaintext() throws(FormatError) -> [UInt8] {
    // A writer keeps the rules that its readers have.
    _ = try LogBody(members)
    let json = JSON.object(members).canonical
    var plaintext: [UInt8] = []
    plaintext.append(integer: UInt32(json.count))
    plaintext += json
    plaintext.append(zeros: (Self.step - plaintext.count % Self.step) % Self.step)
    guard plaintext.count <= Self.maximumSize else { throw .invalid("body") }
    return plaintext
  }
}
