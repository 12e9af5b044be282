internal import Storage
internal import VaultFormat

/// Looks how far the other devices' logs have come, reading only what is new.
struct LogGlance: Sendable {
  private struct Seen: Sendable {
    var names: Set<String> = []
    var point = LogPoint.start
  }

  private var seen: [Identifier: Seen] = [:]

  /// The furthest verified end of each device's log but one's own. A log that cannot be read is
  /// left out: whoever verifies the log says why.
  mutating func look(at vault: Vault, without own: Identifier) -> [Identifier: LogPoint] {
    var points: [Identifier: LogPoint] = [:]
    for device in vault.roster.devices.keys where device != own {
      look(at: device, in: vault)
      if let point = seen[device]?.point, point.next > 0 { points[device] = point }
    }
    return points
  }

  private mutating func look(at device: Identifier, in vault: Vault) {
    guard let entries = try? vault.folder.list("log/\(device.text)").entries else { return }
    var known = seen[device] ?? Seen()
    let names = Set(entries.compactMap { $0.kind == .file ? $0.name : nil })
    let fresh = names.subtracting(known.names).compactMap { Identifier($0) }
    for (id, bound) in bounds(of: fresh, device, vault).sorted(by: { $0.bound > $1.bound })
    where bound > known.point.next {
      guard case .success(let segment)? = try? LogSegment.read(id, of: device, in: vault) else {
        continue
      }
      let end = segment.end
      if end.next > known.point.next { known.point = end }
    }
    known.names = names
    seen[device] = known
  }

  /// The most that the next sequence number behind each segment can be, by its first bytes.
  private func bounds(
    of ids: [Identifier], _ device: Identifier, _ vault: Vault
  ) -> [(id: Identifier, bound: UInt64)] {
    ids.compactMap { id in
      guard let file = try? vault.folder.open("log/\(device.text)/\(id.text)"),
        let head = try? file.read(count: min(file.size, LogSegment.headSize), at: 0),
        let bound = LogSegment.bound(head)
      else { return nil }
      return (id, bound)
    }
  }
}
