/// The body of an epoch document (FORMAT §7.1).
package struct EpochDocument: Equatable, Sendable {
  /// The commitment of the master key.
  package let commitment: Identifier
  /// The public half of the intake pair, X25519.
  package let intakePublic: Identifier
  /// The private half under the master key: 72 bytes.
  package let intakePrivate: [UInt8]
  package let parents: [Identifier]
  package let time: Timestamp

  package init(
    commitment: Identifier, intakePublic: Identifier, intakePrivate: [UInt8],
    parents: [Identifier], time: Timestamp
  ) {
    self.commitment = commitment
    self.intakePublic = intakePublic
    self.intakePrivate = intakePrivate
    self.parents = parents
    self.time = time
  }

  /// - Throws: `notCanonical`, `missing`, `invalid`.
  package init(_ members: [String: JSON]) throws(FormatError) {
    commitment = try members.identifier("commitment")
    let intake = try members.require("intake") { $0.object }
    intakePublic = try intake.identifier("public")
    intakePrivate = try intake.require("private") { json in
      json.string.flatMap(Base32.decode).flatMap { $0.count == 72 ? $0 : nil }
    }
    parents = try members.identifiers("parents", limit: 16)
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  package var members: [String: JSON] {
    [
      "commitment": JSON(commitment),
      "intake": [
        "private": .string(Base32.encode(intakePrivate)), "public": JSON(intakePublic),
      ],
      "parents": JSON(ascending: parents), "time": .string(time.text),
    ]
  }

  /// What the intake wrap authenticates beside itself.
  package static func intakeData(vault: Identifier, intakePublic: Identifier) -> [UInt8] {
    Array("casevault 1 intake\n".utf8) + vault.bytes + intakePublic.bytes
  }
}

/// The body of a link of a device's chain of unlock keys (FORMAT §6.3).
package struct UnlockKeyEntry: Equatable, Sendable {
  package let number: Int
  package let previous: Identifier?
  /// X25519.
  package let unlock: Identifier

  package init(number: Int, previous: Identifier?, unlock: Identifier) {
    self.number = number
    self.previous = previous
    self.unlock = unlock
  }

  /// - Throws: `missing`, `invalid`.
  package init(_ members: [String: JSON]) throws(FormatError) {
    number = try members.require("n") { json in
      json.integer.flatMap { (0...1_000_000).contains($0) ? $0 : nil }
    }
    previous = try members.optional("previous") { $0.string.flatMap { Identifier($0) } }
    unlock = try members.identifier("unlock")
    guard (number == 0) == (previous == nil) else { throw .invalid("previous") }
  }

  package var members: [String: JSON] {
    var members: [String: JSON] = ["n": .integer(number), "unlock": JSON(unlock)]
    if let previous { members["previous"] = JSON(previous) }
    return members
  }
}
