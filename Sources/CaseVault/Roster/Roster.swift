package import VaultFormat

/// Who belongs to the vault, folded from its signed entries (FORMAT §6).
package struct Roster: Sendable {
  /// A member's device and the rights it has.
  package struct Standing: Equatable, Sendable {
    package let member: Member
    package let keys: DeviceKeys
  }

  /// A valid entry and what it builds on.
  struct Node: Sendable {
    let entry: RosterEntry
    /// The entry itself and all before it.
    let lineage: Set<Identifier>
    /// The device that the entry brings, if it brings one, and its rights.
    let arrival: (device: Identifier, standing: Standing)?

    init(_ entry: RosterEntry, lineage: Set<Identifier>) {
      self.entry = entry
      self.lineage = lineage
      arrival =
        switch entry {
        case .found(let it): (it.device.id, Standing(member: it.member, keys: it.device))
        case .admit(let it): (it.device.id, Standing(member: it.member, keys: it.device))
        case .kinds: nil
        }
    }
  }

  package let vault: Identifier
  package let founding: RosterEntry.Founding
  private(set) var nodes: [Identifier: Node]

  init(vault: Identifier, founding: RosterEntry.Founding) {
    self.vault = vault
    self.founding = founding
    nodes = [vault: Node(.found(founding), lineage: [vault])]
  }

  mutating func add(_ entry: RosterEntry, as id: Identifier) {
    var lineage: Set<Identifier> = [id]
    for parent in entry.parents { lineage.formUnion(nodes[parent]?.lineage ?? []) }
    nodes[id] = Node(entry, lineage: lineage)
  }

  /// The entries that no other names as a parent, ascending.
  package var heads: [Identifier] {
    let parents = Set(nodes.values.flatMap(\.entry.parents))
    return nodes.keys.filter { !parents.contains($0) }.sorted()
  }

  /// The head that a device names in what it writes: of several, the lowest
  /// under which it is on the roster (FORMAT §6.1).
  package func head(for device: Identifier) -> Identifier {
    heads.first { standing(of: device, at: $0) != nil } ?? vault
  }

  /// Whether an entry is known.
  package func knows(_ head: Identifier) -> Bool { nodes[head] != nil }

  /// The rights of a device as of a head.
  package func standing(of device: Identifier, at head: Identifier) -> Standing? {
    guard let lineage = nodes[head]?.lineage else { return nil }
    for id in lineage {
      if let arrival = nodes[id]?.arrival, arrival.device == device { return arrival.standing }
    }
    return nil
  }

  /// The rights of a device as of all that is known.
  package func standing(of device: Identifier) -> Standing? {
    standings(in: Set(nodes.keys))[device]
  }

  /// Every member, by name.
  package var members: [Member] {
    standings(in: Set(nodes.keys)).values.map(\.member).sorted {
      ($0.name, $0.id) < ($1.name, $1.id)
    }
  }

  /// The devices and their standings.
  package var devices: [Identifier: Standing] { standings(in: Set(nodes.keys)) }

  /// A member's name by id.
  package func name(of member: String) -> String? {
    members.first { $0.id == member }?.name
  }

  /// The statements in use and the versions that brought them.
  package var kinds: [KindInUse] {
    nodes.values.flatMap { node -> [KindInUse] in
      switch node.entry {
      case .found(let founding): founding.kinds
      case .kinds(let kinds, _): kinds
      case .admit: []
      }
    }
  }

  private func standings(in lineage: Set<Identifier>) -> [Identifier: Standing] {
    var standings: [Identifier: Standing] = [:]
    for id in lineage {
      if let arrival = nodes[id]?.arrival { standings[arrival.device] = arrival.standing }
    }
    return standings
  }
}

extension DeviceKeys {
  /// The device's id.
  package var id: Identifier { Identity.device(of: sign.inline) }
}
