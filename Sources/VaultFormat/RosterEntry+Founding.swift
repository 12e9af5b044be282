extension RosterEntry {
  /// The first entry.
  package struct Founding: Equatable, Sendable {
    package let service: String
    package let member: Member
    package let device: DeviceKeys
    package let policy: Policy
    /// The public halves of the role pairs, X25519.
    package let auditor: Identifier
    package let managers: Identifier
    package let kinds: [KindInUse]
    package let time: Timestamp

    package init(
      service: String, member: Member, device: DeviceKeys, policy: Policy, auditor: Identifier,
      managers: Identifier, kinds: [KindInUse], time: Timestamp
    ) {
      self.service = service
      self.member = member
      self.device = device
      self.policy = policy
      self.auditor = auditor
      self.managers = managers
      self.kinds = kinds
      self.time = time
    }
  }
}

extension RosterEntry.Founding {
  init(_ members: [String: JSON]) throws(FormatError) {
    service = try members.require("service") { json in
      json.string.flatMap { (1...255).contains($0.utf8.count) && $0.isFreeOfControls ? $0 : nil }
    }
    member = try members.require("member", Member.init)
    device = try members.require("device", DeviceKeys.init)
    policy = try members.require("policy", Policy.init)
    auditor = try members.identifier("auditor")
    managers = try members.identifier("managers")
    kinds = try members.require("kinds", RosterEntry.kinds)
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  var members: [String: JSON] {
    [
      "service": .string(service), "member": member.json, "device": device.json,
      "policy": policy.json, "auditor": JSON(auditor), "managers": JSON(managers),
      "kinds": .array(kinds.map(\.json)), "time": .string(time.text),
    ]
  }
}
