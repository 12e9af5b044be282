internal import Sealing
internal import VaultFormat

extension Vault {
  /// The chain of unlock keys of every device in force.
  func chains() -> [Identifier: DeviceChain] {
    if let seenChains { return seenChains }
    var chains: [Identifier: DeviceChain] = [:]
    for (device, standing) in roster.devices {
      chains[device] = DeviceChain.read(of: device, standing.keys, in: self)
    }
    return chains
  }

  /// What an admission names of the vault as it is seen here.
  ///
  /// - Parameter newcomer: the device that is admitted, with its chain.
  /// - Throws: `damaged` where no epoch verifies.
  func sight(with newcomer: (device: Identifier, chain: DeviceChain)) throws -> RosterEntry.Sight {
    var heads = chains().compactMapValues(\.links.last)
    heads[newcomer.device] = newcomer.chain.links.last
    // More than fit are named by nobody's choice.
    let named = heads.sorted { $0.key < $1.key }.prefix(RosterEntry.Sight.maximumChains)
    return RosterEntry.Sight(
      chains: Dictionary(uniqueKeysWithValues: named.map { ($0.key, $0.value) }),
      epoch: try currentEpoch().id)
  }

  /// What an admission of the roster names and this computer is not shown
  /// (FORMAT §6.2): a chain that was put back, an epoch that was taken away.
  ///
  /// - Throws: `failed` where the keyring cannot be listed.
  package func shownLess() throws -> [Finding] {
    let chains = chains()
    let epochs = try epochs()
    let lost = Set(roster.sights.map(\.epoch)).filter { epochs[$0] == nil }.sorted()
    let put = chains.filter { !roster.isWhole($0.value, of: $0.key) }.keys.sorted()
    return put.map(Self.putBack)
      + lost.map {
        Finding(.missing, "keyring/\($0.text)", "shown less: an admission names this epoch")
      }
  }

  /// The finding about a chain that ends before a link that an admission names.
  static func putBack(_ device: Identifier) -> Finding {
    Finding(
      .missing, "devices/\(device.text)",
      "shown less: an admission names a later unlock key than are here")
  }
}

extension Roster {
  /// What the admitters saw whose admissions are in force: one that nobody seconds
  /// says nothing.
  var sights: [RosterEntry.Sight] {
    let waiting = Set(pending.map(\.entry))
    return nodes.values.filter { !waiting.contains($0.id) }.compactMap(\.entry.sight)
  }

  /// Whether a chain has every link of it that an admission names.
  func isWhole(_ chain: DeviceChain, of device: Identifier) -> Bool {
    sights.compactMap { $0.chains[device] }.allSatisfy(chain.links.contains)
  }
}

extension Vault {
  /// Words over what this computer is shown of who belongs to the vault and which keys
  /// are in use (FORMAT §6.6): two computers that show the same see the same vault.
  ///
  /// - Throws: `failed` where the keyring cannot be listed.
  package func stateWords() throws -> Words {
    var bytes = id.bytes
    func append(_ ids: [Identifier]) {
      bytes.append(integer: UInt32(ids.count))
      for id in ids { bytes.append(id) }
    }
    append(roster.heads)
    let chains = chains().sorted { $0.key < $1.key }
    append(chains.flatMap { [$0.key, $0.value.links.last ?? .zero] })
    append(try epochs().keys.sorted())
    // The tombstones of a later version.
    append([])
    return Words(hash(.stateWords, bytes))
  }

  /// What still stands between this vault and being safe, in words.
  package var notYetSafe: [String] {
    let managers = roster.members.filter { $0.role == .manager }.count
    return (managers < 2 ? ["one manager only"] : []) + ["no recovery", "no backup"]
  }
}
