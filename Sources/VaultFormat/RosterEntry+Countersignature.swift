extension RosterEntry {
  /// The second signature under an admission (kind 8).
  package struct Countersignature: Equatable, Sendable {
    /// The statement that is signed a second time.
    package let entry: Identifier
    package let parents: [Identifier]
    package let time: Timestamp

    package init(entry: Identifier, parents: [Identifier], time: Timestamp) {
      self.entry = entry
      self.parents = parents
      self.time = time
    }
  }
}

extension RosterEntry.Countersignature {
  init(_ members: [String: JSON]) throws(FormatError) {
    entry = try members.identifier("entry")
    parents = try RosterEntry.parents(of: members)
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  var members: [String: JSON] {
    ["entry": JSON(entry), "parents": JSON(ascending: parents), "time": .string(time.text)]
  }
}
