/// What a member may do (design/vault.md §10).
package enum Role: String, Sendable, CaseIterable {
  case adviser
  case manager
  case desk
  case chiefExecutive = "chief-executive"
  case trustee

  /// Whether the role holds the master key, and so reads and writes records.
  package var holdsMasterKey: Bool { self == .adviser || self == .manager }

  /// Whether the role is admitted with a second signature, and gives one.
  package var isSenior: Bool { [.manager, .chiefExecutive, .trustee].contains(self) }
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
    guard let id = json["id"].flatMap(Self.id), let name = json["name"].flatMap(Self.name),
      let role = json["role"]?.string.flatMap(Role.init)
    else { return nil }
    self.init(id: id, name: name, role: role)
  }

  /// A member's id: the base32 of sixteen bytes.
  static func id(_ json: JSON) -> String? {
    json.string.flatMap { Base32.decode($0)?.count == 16 ? $0 : nil }
  }

  /// A member's name: 1 to 255 bytes without control characters.
  static func name(_ json: JSON) -> String? {
    json.string.flatMap { (1...255).contains($0.utf8.count) && $0.isFreeOfControls ? $0 : nil }
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
