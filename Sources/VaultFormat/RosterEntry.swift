/// The body of a roster entry (FORMAT §6.2).
package enum RosterEntry: Equatable, Sendable {
  case found(Founding)
  case admit(Admission)
  case kinds([KindInUse], parents: [Identifier])
  case device(Device)
  case countersign(Countersignature)

  package static let maximumParents = 16

  /// The entries that this one builds on; none for the first.
  package var parents: [Identifier] {
    switch self {
    case .found: []
    case .admit(let admission): admission.parents
    case .kinds(_, let parents): parents
    case .device(let device): device.parents
    case .countersign(let countersignature): countersignature.parents
    }
  }

  /// What the admitter saw, where the entry admits somebody.
  package var sight: Sight? {
    switch self {
    case .admit(let admission): admission.sight
    case .device(let device): device.sight
    case .found, .kinds, .countersign: nil
    }
  }

  /// The keys of the device that the entry brings, if it brings one.
  package var device: DeviceKeys? {
    switch self {
    case .found(let founding): founding.device
    case .admit(let admission): admission.device
    case .device(let device): device.device
    case .kinds, .countersign: nil
    }
  }

  /// The statement's kind.
  package var kind: Statement.Kind {
    switch self {
    case .found: .rosterFound
    case .admit: .rosterAdmit
    case .kinds: .rosterKinds
    case .device: .rosterDevice
    case .countersign: .countersignature
    }
  }
}

extension RosterEntry {
  /// Reads the body of a statement of kinds 1 to 4 and 8.
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
    case .rosterDevice: self = .device(try Device(try statement.members()))
    case .countersignature:
      self = .countersign(try Countersignature(try statement.members()))
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
    case .device(let device): device.members
    case .countersign(let countersignature): countersignature.members
    }
  }
}
