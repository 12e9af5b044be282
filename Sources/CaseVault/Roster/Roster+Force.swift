internal import VaultFormat

extension Roster {
  /// Who is in force: whose admission has all the signatures it needs (FORMAT §6.6).
  struct Force: Sendable {
    /// The entries that admit somebody and count.
    fileprivate(set) var entries: Set<Identifier> = []
    fileprivate(set) var members: [String: Member] = [:]
    fileprivate(set) var devices: [Identifier: Standing] = [:]
  }

  /// Who is in force in a lineage: the same on every machine, for it is judged from
  /// the entries of the lineage alone.
  func force(in lineage: Set<Identifier>) -> Force {
    let nodes = lineage.compactMap { self.nodes[$0] }.sorted(by: Node.precedes)
    let judging = Judging(founder: founding.member.id, nodes)
    var force = Force()
    // An admission may wait for a signature by somebody whose own admission is
    // judged later in the same round.
    while true {
      let next = judging.round(after: force)
      guard next.entries != force.entries else { return next }
      force = next
    }
  }

  /// Whether a device's signature counts as the second one under an entry.
  func seconds(_ entry: Identifier, _ device: Identifier, in force: Force) -> Bool {
    nodes[entry].map { Self.seconds($0, device, in: force) } ?? false
  }

  fileprivate static func seconds(_ node: Node, _ device: Identifier, in force: Force) -> Bool {
    guard let signer = force.devices[device], node.entry.device?.id != device else { return false }
    switch node.entry {
    case .admit(let admission):
      return admission.member.role.isSenior && signer.member.role.isSenior
        && ![node.signatory, admission.member.id].contains(signer.member.id)
    case .device(let further): return signer.member.id == further.member
    case .found, .kinds, .countersign: return false
    }
  }
}

extension Roster.Node {
  /// The order of a lineage: what is built upon comes before what builds on it.
  static func precedes(_ left: Self, _ right: Self) -> Bool {
    (left.lineage.count, left.id) < (right.lineage.count, right.id)
  }
}

/// Judges the admissions of one lineage.
private struct Judging {
  /// The founding manager's member id.
  private let founder: String
  /// In the order of the lineage.
  private let admissions: [Roster.Node]
  /// The devices that signed an entry a second time.
  private let countersigners: [Identifier: [Identifier]]
  /// The admissions that need no second signature, as nobody could give it.
  private let alone: Set<Identifier>

  /// - Parameter nodes: in the order of the lineage.
  init(founder: String, _ nodes: [Roster.Node]) {
    self.founder = founder
    // An id is drawn for one admission. Who takes another's again, on a branch where it
    // is not known yet, is heard by nobody, in no round.
    var drawn: Set<String> = []
    admissions = nodes.filter { node in
      switch node.entry {
      case .found(let founding): drawn.insert(founding.member.id).inserted
      case .admit(let admission): drawn.insert(admission.member.id).inserted
      case .device: true
      case .kinds, .countersign: false
      }
    }
    var countersigners: [Identifier: [Identifier]] = [:]
    for node in nodes {
      guard case .countersign(let second) = node.entry else { continue }
      countersigners[second.entry, default: []].append(node.signer)
    }
    self.countersigners = countersigners
    alone = Set(
      admissions.filter { $0.isOfSenior && $0.signatory == founder }
        .prefix(Roster.aloneAdmissions).map(\.id))
  }

  /// Who is in force, given who was as of the round before. An entry that counted
  /// goes on counting.
  func round(after before: Roster.Force) -> Roster.Force {
    var force = Roster.Force()
    for node in admissions
    where before.entries.contains(node.id) || isInForce(node, before) {
      force.take(node)
    }
    return force
  }

  private func isInForce(_ node: Roster.Node, _ force: Roster.Force) -> Bool {
    if case .found = node.entry { return true }
    guard let signer = force.devices[node.signer], signer.member.role == .manager else {
      return false
    }
    let isSeconded = countersigners[node.id, default: []].contains {
      Roster.seconds(node, $0, in: force)
    }
    switch node.entry {
    case .admit(let admission):
      return !admission.member.role.isSenior || alone.contains(node.id) || isSeconded
    case .device(let further): return signer.member.id == further.member || isSeconded
    case .found, .kinds, .countersign: return false
    }
  }
}

extension Roster {
  /// How many seniors the founding manager admits alone, once in a vault's life.
  fileprivate static let aloneAdmissions = 2
}

extension Roster.Node {
  fileprivate var isOfSenior: Bool {
    if case .admit(let admission) = entry { admission.member.role.isSenior } else { false }
  }
}

extension Roster.Force {
  /// Takes an admission that counts in. A device or a member that is here already
  /// stays as it is: of two admissions the first of the lineage counts.
  fileprivate mutating func take(_ node: Roster.Node) {
    entries.insert(node.id)
    switch node.entry {
    case .found(let founding): take(founding.member, founding.device)
    case .admit(let admission):
      if members[admission.member.id] == nil { take(admission.member, admission.device) }
    case .device(let further):
      if let member = members[further.member] { take(member, further.device) }
    case .kinds, .countersign: break
    }
  }

  private mutating func take(_ member: Member, _ keys: DeviceKeys) {
    guard devices[keys.id] == nil else { return }
    members[member.id] = member
    devices[keys.id] = Roster.Standing(member: member, keys: keys)
  }
}
