extension RosterEntry {
  /// A further device of a member (kind 4).
  package struct Device: Equatable, Sendable {
    /// The member's id.
    package let member: String
    package let device: DeviceKeys
    package let parents: [Identifier]
    package let sight: Sight
    /// The request that the device made.
    package let request: Identifier
    package let time: Timestamp

    package init(
      member: String, device: DeviceKeys, parents: [Identifier], sight: Sight,
      request: Identifier, time: Timestamp
    ) {
      self.member = member
      self.device = device
      self.parents = parents
      self.sight = sight
      self.request = request
      self.time = time
    }
  }
}

extension RosterEntry.Device {
  init(_ members: [String: JSON]) throws(FormatError) {
    member = try members.require("member", Member.id)
    device = try members.require("device", DeviceKeys.init)
    parents = try RosterEntry.parents(of: members)
    sight = try RosterEntry.Sight(members)
    request = try members.identifier("request")
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  var members: [String: JSON] {
    var members = sight.members
    members["member"] = .string(member)
    members["device"] = device.json
    members["parents"] = JSON(ascending: parents)
    members["request"] = JSON(request)
    members["time"] = .string(time.text)
    return members
  }
}
