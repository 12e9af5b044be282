internal import Sealing
package import VaultFormat

/// What a request is admitted as.
package enum Admittance: Equatable, Sendable {
  /// A new member.
  case member(Role)
  /// A member who lost all their computers and comes back as a new one, linked to the
  /// old name.
  case memberAgain(Role)
  /// A further device of the member of this name.
  case device(of: String)
}

/// What came of an admission or of a second signature.
package struct Admitted: Sendable {
  /// The statement that admits.
  package let entry: Identifier
  package let member: Member
  /// Whether it is a further device of the member.
  package let isDevice: Bool
  /// The member of the same name whom this person was before.
  package let earlier: Member?
  /// Whose signature it still waits for, in words; nil where it is in force.
  package let needs: String?
  /// Grants that were written.
  package let granted: Int
  /// Whether it was admitted before, and its grants were written anew.
  package let isAgain: Bool
  /// What was noticed on the way.
  package let findings: [Finding]

  package init(
    entry: Identifier, member: Member, isDevice: Bool, earlier: Member?, needs: String?,
    granted: Int, isAgain: Bool, findings: [Finding]
  ) {
    self.entry = entry
    self.member = member
    self.isDevice = isDevice
    self.earlier = earlier
    self.needs = needs
    self.granted = granted
    self.isAgain = isAgain
    self.findings = findings
  }
}

extension Membership {
  /// Admits the device of a request, and grants it what it is entitled to once it is
  /// in force. A request that is admitted already gets its grants anew.
  ///
  /// - Parameters:
  ///   - name: the request's id or how it begins.
  ///   - words: what the newcomer read out.
  /// - Throws: `refused` for all but managers, for words that differ, for a request made
  ///   in sight of a roster that this device does not know, and for one that cannot be
  ///   admitted so; `notFound`, `damaged`, `failed`.
  package func admit(
    _ name: String, as admittance: Admittance, words: String
  ) throws -> Admitted {
    try refuseUnlessManager()
    _ = try refresh()
    return try admit(vault.request(named: name), as: admittance, words: words)
  }

  /// As above, of a request that was found.
  package func admit(
    _ request: JoinRequest, as admittance: Admittance, words: String
  ) throws -> Admitted {
    try refuseUnlessManager()
    try check(request, words)
    if let again = try admitAgain(request, as: admittance) { return again }
    let chain = DeviceChain.read(of: request.device, request.keys, in: vault)
    guard chain.newest != nil else {
      throw VaultError(
        .damaged, "the first unlock key of the device that asks is missing or damaged",
        hint: "it may not have arrived yet; otherwise let them enrol again")
    }
    let sight = try vault.sight(with: (request.device, chain))
    switch admittance {
    case .member(let role): return try admit(request, as: role, sight, isReturn: false)
    case .memberAgain(let role): return try admit(request, as: role, sight, isReturn: true)
    case .device(let name): return try admit(request, asDeviceOf: name, sight)
    }
  }

  private func refuseUnlessManager() throws(VaultError) {
    guard member.role == .manager else {
      throw VaultError(.refused, "only a manager admits; you are \(member.role.rawValue)")
    }
  }

  private func admit(
    _ request: JoinRequest, as role: Role, _ sight: RosterEntry.Sight, isReturn: Bool
  ) throws -> Admitted {
    let namesakes = vault.roster.members(named: request.name)
    guard namesakes.count < 2 else {
      throw VaultError(.refused, "several members are called \(request.name) already")
    }
    // A newcomer chooses the name: that it is a colleague's is for a person to say.
    guard isReturn == !namesakes.isEmpty else {
      throw isReturn
        ? VaultError(.notFound, "there is no earlier \(request.name) to come back")
        : VaultError(
          .refused, "there is a \(request.name) on the roster already",
          hint: "for a further computer of theirs use --as; where they lost all their "
            + "computers, --role with --again; for somebody else, let them enrol under another "
            + "name")
    }
    let earlier = namesakes.first
    let newcomer = Member(id: Base32.encode(randomBytes(16)), name: request.name, role: role)
    // Who signs a second time may not bring that into use.
    let kinds: Set<Statement.Kind> =
      role.isSenior ? [.rosterAdmit, .countersignature] : [.rosterAdmit]
    let (entry, fresh) = try bringing(kinds).enter { parents in
      .admit(
        RosterEntry.Admission(
          member: newcomer, device: request.keys, earlier: earlier?.id, parents: parents,
          sight: sight, request: request.id, time: clock.now))
    }
    return try fresh.finish(
      entry, newcomer, isDevice: false, earlier: earlier, renewing: request.device)
  }

  private func admit(
    _ request: JoinRequest, asDeviceOf name: String, _ sight: RosterEntry.Sight
  ) throws -> Admitted {
    let owner = try owner(named: name)
    let kinds: Set<Statement.Kind> = [.rosterDevice, .countersignature]
    let (entry, fresh) = try bringing(kinds).enter { parents in
      .device(
        RosterEntry.Device(
          member: owner.id, device: request.keys, parents: parents, sight: sight,
          request: request.id, time: clock.now))
    }
    return try fresh.finish(
      entry, owner, isDevice: true, earlier: nil, renewing: request.device)
  }

  private func owner(named name: String) throws -> Member {
    let owners = vault.roster.members(named: name)
    guard let owner = owners.first, owners.count == 1 else {
      throw VaultError(
        .notFound, owners.isEmpty ? "no member \(name)" : "several members are called \(name)",
        hint: "`casevault staff list` names all")
    }
    return owner
  }

  /// Grants what an entry brings into force, and says what it still needs.
  func finish(
    _ entry: Identifier, _ member: Member, isDevice: Bool, earlier: Member?, isAgain: Bool = false,
    renewing: Identifier? = nil
  ) throws -> Admitted {
    let report = try Grants.complete(self, renewing: renewing)
    return Admitted(
      entry: entry, member: member, isDevice: isDevice, earlier: earlier,
      needs: vault.roster.pending(entry)?.needs, granted: report.written, isAgain: isAgain,
      findings: try vault.shownLess())
  }

  /// What is to be done about a device that is admitted already; nil where it is not.
  private func admitAgain(_ request: JoinRequest, as admittance: Admittance) throws -> Admitted? {
    let roster = vault.roster
    if let standing = roster.standing(of: request.device),
      let it = roster.arrival(of: request.device)
    {
      try check(admittance, fits: standing.member)
      return try finish(
        it.entry, standing.member, isDevice: it.isDevice, earlier: nil, isAgain: true,
        renewing: request.device)
    }
    let waiting = roster.pending.first { pending in
      pending.keys.id == request.device && Self.is(admittance, pending)
    }
    return try waiting.map {
      try finish($0.entry, $0.member, isDevice: $0.isDevice, earlier: nil, isAgain: true)
    }
  }

  private static func `is`(_ admittance: Admittance, _ pending: Roster.Pending) -> Bool {
    switch admittance {
    case .member(let role), .memberAgain(let role):
      !pending.isDevice && pending.member.role == role
    case .device(let name): pending.isDevice && pending.member.name == name
    }
  }

  private func check(_ admittance: Admittance, fits member: Member) throws {
    let fits =
      switch admittance {
      case .member(let role), .memberAgain(let role): member.role == role
      case .device(let name): member.name == name
      }
    guard fits else {
      throw VaultError(
        .refused, "this device is admitted already: \(member.name), \(member.role.rawValue)")
    }
  }
}

extension Membership {
  /// Compares what a newcomer read out with what stands here.
  ///
  /// - Throws: `refused`.
  func check(_ request: JoinRequest, _ words: String) throws {
    guard vault.roster.knows(request.head) else {
      throw VaultError(
        .refused,
        "the request was made in sight of a roster that is not this vault's, or not here yet",
        hint: "do not admit it: the newcomer may have been shown a false vault; let both look at "
          + "the same folder, and let them enrol again")
    }
    guard request.words.match(words) else {
      throw VaultError(
        .refused, "the words differ: this is not the request that they were read from",
        hint: "let them read the words out again; if they still differ, do not admit: a false "
          + "device or a false vault may be at work; let them enrol again")
    }
  }
}
