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
  static func read(
    of device: Identifier, _ keys: DeviceKeys, in vault: Vault
  ) -> DeviceChain {
    var chain = DeviceChain()
    let path = "devices/\(device.text)"
    for number in 0..<maximumLength {
      let file = "\(path)/\(number)"
      guard vault.folder.exists(file) else {
        if number == 0 {
          chain.findings.append(Finding(.missing, file, "the first of a device's unlock keys"))
        }
        chain.lookBeyond(number, in: path, vault)
        break
      }
      guard let bytes = try? vault.folder.read(file, atMost: Statement.maximumSize),
        let statement = try? Statement(bytes), statement.kind == .unlockKey,
        statement.vault == vault.id, statement.device == device,
        statement.isSigned(by: keys.sign),
        let link = try? UnlockKeyEntry(statement.members()), link.number == number,
        link.previous == chain.links.last, number > 0 || link.unlock == keys.unlock
      else {
        chain.findings.append(Finding(.forged, file, "not a link of this device's chain"))
        break
      }
      chain.newest = link.unlock
      chain.links.append(statement.id)
    }
    return chain
  }

  /// Links behind a gap, and names that are none.
  private mutating func lookBeyond(_ end: Int, in path: String, _ vault: Vault) {
    for entry in (try? vault.folder.list(path).entries) ?? [] {
      if let number = entry.name.flatMap({ Int($0) }), String(number) == entry.name {
        if number > end {
          findings.append(
            Finding(.missing, "\(path)/\(end)", "a link of the chain before \(number)"))
          return
        }
      } else {
        findings.append(Finding(.stranger, "\(path)/\(entry.shown)", "not a file of the vault"))
      }
    }
  }
}
