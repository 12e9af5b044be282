/// What a member may do (design/vault.md §10).
package enum Role: String, Sendable, CaseIterable {
  case adviser
  case manager
  case desk
  case chiefExecutive = "chief-executive"
  case trustee

  /// Whether the role holds the master key, and so reads and writes records.
  package var holdsMasterKey: Bool { self == .adviser || self == .manager }
}

/// A person on the roster (FORMAT §6.2).
package struct Member: Equatable, Sendable {
  /// Sixteen random bytes in base32.
  package let id: String
  package let name: String
  package let role: Role

  package init(id: String, name: String, role: Role) {
    self.id = id
    self.name = name
    self.role = role
  }

  init?(_ json: JSON) {
    guard let id = json["id"]?.string, Base32.decode(id)?.count == 16,
      let name = json["name"]?.string, (1...255).contains(name.utf8.count),
      name.isFreeOfControls, let role = json["role"]?.string.flatMap(Role.init)
    else { return nil }
    self.init(id: id, name: name, role: role)
  }

  var json: JSON {
    ["id": .string(id), "name": .string(name), "role": .string(role.rawValue)]
  }
}

/// The public keys of a member's computer (FORMAT §6.2).
package struct DeviceKeys: Equatable, Sendable {
  /// Ed25519.
  package let sign: Identifier
  /// X25519, the first of the device's chain.
  package let unlock: Identifier

  package init(sign: Identifier, unlock: Identifier) {
    self.sign = sign
    self.unlock = unlock
  }

  init?(_ json: JSON) {
    guard let sign = json["sign"]?.string.flatMap({ Identifier($0) }),
      let unlock = json["unlock"]?.string.flatMap({ Identifier($0) })
    else { return nil }
    self.init(sign: sign, unlock: unlock)
  }

  var json: JSON { ["sign": JSON(sign), "unlock": JSON(unlock)] }
}

/// A kind of statement in use, and the version of casevault that brought it.
package struct KindInUse: Equatable, Sendable {
  package let kind: Statement.Kind
  package let since: String
  /// Whether a program that does not know it must not read the vault.
  package let must: Bool

  package init(kind: Statement.Kind, since: String, must: Bool) {
    self.kind = kind
    self.since = since
    self.must = must
  }

  init?(_ json: JSON) {
    guard let number = json["kind"]?.integer.flatMap({ UInt32(exactly: $0) }),
      let since = json["since"]?.string, (1...32).contains(since.utf8.count),
      since.isFreeOfControls, let must = json["must"]?.bool
    else { return nil }
    self.init(kind: Statement.Kind(rawValue: number), since: since, must: must)
  }

  var json: JSON {
    ["kind": .integer(Int(kind.rawValue)), "must": .bool(must), "since": .string(since)]
  }
}

/// The body of a roster entry (FORMAT §6.2).
package enum RosterEntry: Equatable, Sendable {
  case found(Founding)
  case admit(Admission)
  case kinds([KindInUse], parents: [Identifier])

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

  /// A further member.
  package struct Admission: Equatable, Sendable {
    package let member: Member
    package let device: DeviceKeys
    package let parents: [Identifier]
    /// The newest statement of each device's chain, as the admitter sees it.
    package let chains: [Identifier: Identifier]
    package let epoch: Identifier
    /// The tombstones that the admitter sees. Whoever sees fewer was shown less.
    package let tombstones: [Identifier]
    /// The request that the device made, where it made one.
    package let request: Identifier?
    package let time: Timestamp

    package init(
      member: Member, device: DeviceKeys, parents: [Identifier],
      chains: [Identifier: Identifier], epoch: Identifier, tombstones: [Identifier],
      request: Identifier? = nil, time: Timestamp
    ) {
      self.member = member
      self.device = device
      self.parents = parents
      self.chains = chains
      self.epoch = epoch
      self.tombstones = tombstones
      self.request = request
      self.time = time
    }
  }

  /// The entries that this one builds on; none for the first.
  package var parents: [Identifier] {
    switch self {
    case .found: []
    case .admit(let admission): admission.parents
    case .kinds(_, let parents): parents
    }
  }
}

extension RosterEntry {
  package static let maximumParents = 16

  /// Reads the body of a statement of kinds 1 to 3.
  ///
  /// - Throws: `laterProgram` for another kind of roster entry, otherwise
  ///   `notCanonical`, `missing`, `invalid`.
  package init(_ statement: Statement) throws(FormatError) {
    switch statement.kind {
    case .rosterFound: self = .found(try Founding(try statement.members()))
    case .rosterAdmit: self = .admit(try Admission(try statement.members()))
    case .rosterKinds:
      let members = try statement.members()
      _ = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
      self = .kinds(
        try members.require("kinds", Self.kinds), parents: try Self.parents(of: members))
    default: throw .laterProgram
    }
  }

  static func parents(of members: [String: JSON]) throws(FormatError) -> [Identifier] {
    let parents = try members.identifiers("parents", limit: maximumParents)
    guard !parents.isEmpty else { throw .invalid("parents") }
    return parents
  }

  static func kinds(_ json: JSON) -> [KindInUse]? {
    guard let array = json.array, array.count <= 256 else { return nil }
    let kinds = array.compactMap(KindInUse.init)
    return kinds.count == array.count ? kinds : nil
  }

  /// The statement's kind.
  package var kind: Statement.Kind {
    switch self {
    case .found: .rosterFound
    case .admit: .rosterAdmit
    case .kinds: .rosterKinds
    }
  }

  /// The statement's body.
  package func members(at time: Timestamp) -> [String: JSON] {
    switch self {
    case .found(let founding): founding.members
    case .admit(let admission): admission.members
    case .kinds(let kinds, let parents):
      [
        "kinds": .array(kinds.map(\.json)), "parents": JSON(ascending: parents),
        "time": .string(time.text),
      ]
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

extension RosterEntry.Admission {
  init(_ members: [String: JSON]) throws(FormatError) {
    member = try members.require("member", Member.init)
    device = try members.require("device", DeviceKeys.init)
    parents = try RosterEntry.parents(of: members)
    chains = try members.require("chains") { json in
      guard let object = json.object, object.count <= 4_096 else { return nil }
      var chains: [Identifier: Identifier] = [:]
      for (device, head) in object {
        guard let device = Identifier(device), let head = head.string.flatMap({ Identifier($0) })
        else { return nil }
        chains[device] = head
      }
      return chains
    }
    epoch = try members.identifier("epoch")
    tombstones = try members.identifiers("tombstones", limit: 16_384)
    request = try members.optional("request") { $0.string.flatMap { Identifier($0) } }
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  var members: [String: JSON] {
    var chains: [String: JSON] = [:]
    for (device, head) in self.chains { chains[device.text] = JSON(head) }
    var members: [String: JSON] = [
      "member": member.json, "device": device.json, "parents": JSON(ascending: parents),
      "chains": .object(chains), "epoch": JSON(epoch), "tombstones": JSON(ascending: tombstones),
      "time": .string(time.text),
    ]
    members["request"] = request.map { JSON($0) }
    return members
  }
}
