extension RosterEntry {
  /// A further member with their first device (kind 2).
  package struct Admission: Equatable, Sendable {
    package let member: Member
    package let device: DeviceKeys
    /// The member whom this person was before all their devices were lost.
    package let earlier: String?
    package let parents: [Identifier]
    package let sight: Sight
    /// The request that the device made, where it made one.
    package let request: Identifier?
    package let time: Timestamp

    package init(
      member: Member, device: DeviceKeys, earlier: String? = nil, parents: [Identifier],
      sight: Sight, request: Identifier? = nil, time: Timestamp
    ) {
      self.member = member
      self.device = device
      self.earlier = earlier
      self.parents = parents
      self.sight = sight
      self.request = request
      self.time = time
    }
  }

  /// What an admitter saw of the vault (FORMAT §6.2). Whoever sees less was shown
  /// less.
  package struct Sight: Equatable, Sendable {
    package static let maximumChains = 4_096
    package static let maximumTombstones = 16_384

    /// The newest statement of each device's chain of unlock keys.
    package let chains: [Identifier: Identifier]
    /// The epoch that new keys go under.
    package let epoch: Identifier
    /// The tombstones, ascending.
    package let tombstones: [Identifier]

    package init(
      chains: [Identifier: Identifier], epoch: Identifier, tombstones: [Identifier] = []
    ) {
      self.chains = chains
      self.epoch = epoch
      self.tombstones = tombstones
    }
  }
}

extension RosterEntry.Admission {
  init(_ members: [String: JSON]) throws(FormatError) {
    member = try members.require("member", Member.init)
    device = try members.require("device", DeviceKeys.init)
    earlier = try members.optional("earlier", Member.id)
    parents = try RosterEntry.parents(of: members)
    sight = try RosterEntry.Sight(members)
    request = try members.optional("request") { $0.string.flatMap { Identifier($0) } }
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  var members: [String: JSON] {
    var members = sight.members
    members["member"] = member.json
    members["device"] = device.json
    members["earlier"] = earlier.map(JSON.string)
    members["parents"] = JSON(ascending: parents)
    members["request"] = request.map { JSON($0) }
    members["time"] = .string(time.text)
    return members
  }
}

extension RosterEntry.Sight {
  init(_ members: [String: JSON]) throws(FormatError) {
    chains = try members.require("chains", Self.chains)
    epoch = try members.identifier("epoch")
    tombstones = try members.identifiers("tombstones", limit: Self.maximumTombstones)
  }

  private static func chains(_ json: JSON) -> [Identifier: Identifier]? {
    guard let object = json.object, object.count <= maximumChains else { return nil }
    var chains: [Identifier: Identifier] = [:]
    for (device, head) in object {
      guard let device = Identifier(device), let head = head.string.flatMap({ Identifier($0) })
      else { return nil }
      chains[device] = head
    }
    return chains
  }

  var members: [String: JSON] {
    var chains: [String: JSON] = [:]
    for (device, head) in self.chains { chains[device.text] = JSON(head) }
    return [
      "chains": .object(chains), "epoch": JSON(epoch), "tombstones": JSON(ascending: tombstones),
    ]
  }
}
