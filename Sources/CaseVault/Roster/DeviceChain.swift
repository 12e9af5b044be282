internal import Sealing
internal import Storage
internal import VaultFormat

/// A device's chain of unlock keys (FORMAT §6.3).
struct DeviceChain {
  /// The newest key of the part without gaps; nil where not even the first holds.
  private(set) var newest: Identifier?
  /// The statements of that part, from the first.
  private(set) var links: [Identifier] = []
  private(set) var findings: [Finding] = []

  private static let maximumLength = 10_000

  /// Reads and verifies the chain of a device from its first link.
  ///
  /// What this computer has seen of it counts, also where the folder shows less.
  static func read(
    of device: Identifier, _ keys: DeviceKeys, in vault: Vault
  ) -> DeviceChain {
    read(of: device, keys, vault: vault.id, of: vault.folder, vault.copies)
  }

  /// The chains of all devices of the roster.
  static func readAll(
    _ roster: Roster, vault: Identifier, of folder: Folder, _ copies: Copies
  ) -> [Identifier: DeviceChain] {
    let devices = roster.devices.map { (device: $0, keys: $1.keys) }
    let chains = SideBySide.map(devices) { device, keys in
      read(of: device, keys, vault: vault, of: folder, copies)
    }
    return Dictionary(
      zip(devices, chains).compactMap { device, chain in
        (try? chain.get()).map { (device.device, $0) }
      }
    ) { first, _ in first }
  }

  /// - Parameter isComparing: fetch also the links that there are copies of, and
  ///   say which are others.
  static func read(
    of device: Identifier, _ keys: DeviceKeys, vault: Identifier, of folder: Folder,
    _ copies: Copies?, isComparing: Bool = false
  ) -> DeviceChain {
    var chain = DeviceChain()
    let path = "devices/\(device.text)"
    let rule = rule(of: device, keys.sign, vault)
    guard
      let reading = try? FolderReading.read(
        path, of: folder, copies, rule, isComparing: isComparing)
    else {
      chain.findings.append(Finding(.damaged, path, "cannot be read"))
      return chain
    }
    let count = chain.follow(reading, keys.unlock)
    chain.lookBeyond(count, reading)
    for name in reading.differing {
      chain.findings.append(
        Finding(
          .forged, "\(path)/\(name)",
          "another link than the one that this computer has seen, which counts"))
    }
    let valid = Set((0..<count).map(String.init))
    reading.settle(valid, puttingBack: valid)
    return chain
  }

  private static func rule(
    of device: Identifier, _ key: Identifier, _ vault: Identifier
  ) -> FolderReading.Rule {
    FolderReading.Rule(
      isName: { name in
        Int(name).map { (0..<maximumLength).contains($0) && String($0) == name } ?? false
      },
      isSound: { _, bytes in
        guard let statement = try? Statement(bytes) else { return false }
        return statement.kind == .unlockKey && statement.vault == vault
          && statement.device == device && statement.isSigned(by: key)
      },
      maximumSize: Statement.maximumSize, fetch: Statement.fetch)
  }

  /// Goes from link to link as long as each holds.
  ///
  /// - Returns: how many do.
  private mutating func follow(_ reading: FolderReading, _ first: Identifier) -> Int {
    let files = Dictionary(reading.files.map { ($0.name, $0) }) { first, _ in first }
    let unread = Set(reading.unread.map(\.name))
    for number in 0..<Self.maximumLength {
      let name = String(number)
      let path = "\(reading.path)/\(name)"
      guard let file = files[name] else {
        if unread.contains(name) {
          findings.append(Finding(.forged, path, "not a link of this device's chain"))
        } else if number == 0 {
          findings.append(Finding(.missing, path, "the first of a device's unlock keys"))
        }
        return number
      }
      guard file.isSound, let statement = try? Statement(file.bytes),
        let link = try? UnlockKeyEntry(statement.members()), link.number == number,
        link.previous == links.last, number > 0 || link.unlock == first
      else {
        findings.append(Finding(.forged, path, "not a link of this device's chain"))
        return number
      }
      newest = link.unlock
      links.append(statement.id)
    }
    return Self.maximumLength
  }

  /// Links behind a gap, and names that are none.
  private mutating func lookBeyond(_ end: Int, _ reading: FolderReading) {
    for shown in reading.strangers {
      findings.append(
        Finding(.stranger, "\(reading.path)/\(shown)", "not a file of the vault"))
    }
    let names = reading.files.map(\.name) + reading.unread.map(\.name)
    guard let beyond = names.compactMap({ Int($0) }).filter({ $0 > end }).min(),
      !names.contains(String(end))
    else { return }
    findings.append(
      Finding(
        .missing, "\(reading.path)/\(end)", "a link of the chain before \(beyond)"))
  }
}
