package import VaultFormat

extension Roster {
  /// An admission that gives no rights yet, as it waits for a second signature.
  package struct Pending: Equatable, Sendable {
    /// The statement that admits.
    package let entry: Identifier
    /// Who is admitted, or whose further device it is.
    package let member: Member
    package let keys: DeviceKeys
    /// Whether it is a further device of a member.
    package let isDevice: Bool
    /// The request that it answers.
    package let request: Identifier?
    /// The member who signed it.
    package let signatory: String

    /// Whose signature it waits for, in words.
    package var needs: String {
      isDevice
        ? "the signature of another computer of \(member.name)"
        : "the signature of another manager, chief executive or trustee"
    }
  }

  /// The admissions that wait, in the order of the roster.
  package var pending: [Pending] {
    nodes.values.sorted(by: Node.precedes).compactMap(pending)
  }

  /// The admission of an entry, where it waits.
  package func pending(_ entry: Identifier) -> Pending? { nodes[entry].flatMap(pending) }

  private func pending(_ node: Node) -> Pending? {
    guard let keys = node.entry.device, force.devices[keys.id] == nil else { return nil }
    switch node.entry {
    case .admit(let admission):
      guard force.members[admission.member.id] == nil else { return nil }
      return Pending(
        entry: node.id, member: admission.member, keys: keys, isDevice: false,
        request: admission.request, signatory: node.signatory)
    case .device(let further):
      guard let member = force.members[further.member] else { return nil }
      return Pending(
        entry: node.id, member: member, keys: keys, isDevice: true, request: further.request,
        signatory: node.signatory)
    case .found, .kinds, .countersign: return nil
    }
  }

  /// Whether this device's signature would bring a pending admission into force.
  package func canCountersign(_ pending: Pending, _ device: Identifier) -> Bool {
    seconds(pending.entry, device, in: force)
  }

  /// The newest member in force of that name: of a person who came back after all
  /// their devices were lost, the last.
  ///
  /// - Returns: several where they have nothing to do with each other.
  package func members(named name: String) -> [Member] {
    let earlier = Set(admissions.compactMap(\.earlier))
    return members.filter { $0.name == name && !earlier.contains($0.id) }
  }

  /// The admissions of members in force.
  var admissions: [RosterEntry.Admission] {
    nodes.values.compactMap { node in
      guard force.entries.contains(node.id), case .admit(let it) = node.entry else { return nil }
      return it
    }
  }

  /// The entry in force that brought a device, and whether it was a further one of
  /// its member.
  package func arrival(of device: Identifier) -> (entry: Identifier, isDevice: Bool)? {
    let arrivals = nodes.values.filter {
      force.entries.contains($0.id) && $0.entry.device?.id == device
    }
    return arrivals.min(by: Node.precedes).map { ($0.id, $0.entry.kind == .rosterDevice) }
  }
}
