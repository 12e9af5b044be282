package import VaultFormat

/// Who belongs to the vault, folded from its signed entries (FORMAT §6).
///
/// Only what is in force gives rights: an admission that still waits for its
/// second signature is pending.
package struct Roster: Sendable {
  /// A member's device and the rights it has.
  package struct Standing: Equatable, Sendable {
    package let member: Member
    package let keys: DeviceKeys
  }

  /// A valid entry and what it builds on.
  struct Node: Sendable {
    let id: Identifier
    let entry: RosterEntry
    /// The device that signed it, and the member whose it was at its parents.
    let signer: Identifier
    let signatory: String
    /// The entry itself and all before it.
    let lineage: Set<Identifier>
  }

  package let vault: Identifier
  package let founding: RosterEntry.Founding
  private(set) var nodes: [Identifier: Node]
  /// Who is in force as of each entry.
  private var forces: [Identifier: Force] = [:]
  /// Who is in force as of all that is known.
  private(set) var force = Force()

  init(vault: Identifier, founding: RosterEntry.Founding) {
    self.vault = vault
    self.founding = founding
    nodes = [
      vault: Node(
        id: vault, entry: .found(founding), signer: founding.device.id,
        signatory: founding.member.id, lineage: [vault])
    ]
    forces[vault] = force(in: [vault])
    settle()
  }

  /// Adds a valid entry. ``settle()`` makes it count.
  mutating func add(
    _ entry: RosterEntry, as id: Identifier, by signer: Identifier, _ member: String
  ) {
    let lineage = lineage(of: entry.parents).union([id])
    nodes[id] = Node(id: id, entry: entry, signer: signer, signatory: member, lineage: lineage)
    forces[id] = force(in: lineage)
  }

  /// Judges anew who is in force as of all that is known.
  mutating func settle() { force = force(in: Set(nodes.keys)) }

  /// All that these entries build on, and themselves.
  func lineage(of entries: [Identifier]) -> Set<Identifier> {
    entries.reduce(into: []) { $0.formUnion(nodes[$1]?.lineage ?? []) }
  }

  /// Who is in force as of an entry.
  func force(at head: Identifier) -> Force? { forces[head] }
}

extension Roster {
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

  /// The heads that a new entry of a device builds on, ascending: as many of those
  /// under which it is on the roster as an entry can name.
  ///
  /// - Parameter entry: what the new one is about, if anything: a head that knows it
  ///   is always among them.
  package func parents(for device: Identifier, about entry: Identifier? = nil) -> [Identifier] {
    let heads = heads.filter { standing(of: device, at: $0) != nil }
    let knowing = heads.filter { head in
      entry.map { nodes[head]?.lineage.contains($0) == true } ?? false
    }
    let ordered = knowing + heads.filter { !knowing.contains($0) }
    return ordered.prefix(RosterEntry.maximumParents).sorted()
  }

  /// Whether an entry is known.
  package func knows(_ head: Identifier) -> Bool { nodes[head] != nil }

  /// The rights of a device as of a head.
  package func standing(of device: Identifier, at head: Identifier) -> Standing? {
    forces[head]?.devices[device]
  }

  /// The rights of a device as of all that is known.
  package func standing(of device: Identifier) -> Standing? { force.devices[device] }

  /// Every member in force, by name.
  package var members: [Member] {
    force.members.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  /// The devices in force and their standings.
  package var devices: [Identifier: Standing] { force.devices }

  /// A member's name by id.
  package func name(of member: String) -> String? { force.members[member]?.name }

  /// The statements in use and the versions that brought them.
  package var kinds: [KindInUse] {
    nodes.values.flatMap { node -> [KindInUse] in
      switch node.entry {
      case .found(let founding): founding.kinds
      case .kinds(let kinds, _): kinds
      case .admit, .device, .countersign: []
      }
    }
  }
}

extension DeviceKeys {
  /// The device's id.
  package var id: Identifier { Identity.device(of: sign.inline) }
}
