internal import Storage
package import VaultFormat

/// The access logs of all devices, verified as far as everybody can: what only auditors read stays
/// sealed (FORMAT §10.4).
package struct LogStreams: Sendable {
  /// A verified segment and where its entries stand.
  struct Run: Sendable {
    let id: Identifier
    let start: LogPoint
    let end: LogPoint
    let witnesses: [LogWitness]
  }

  let vault: Vault
  /// Each device's segments by sequence.
  private(set) var runs: [Identifier: [Run]] = [:]
  /// Each device's chain.
  private(set) var lines: [Identifier: LogLine] = [:]
  /// What is not as it should be.
  package private(set) var findings: [Finding] = []
  /// How many entries there are, those of forks once for each.
  package private(set) var count = 0

  /// How far each device's log is sound without a gap.
  package var heads: [Identifier: LogPoint] { lines.mapValues(\.head) }

  /// Reads all logs of a vault and verifies names, signatures, chains, witnesses, and what this
  /// computer remembers.
  ///
  /// - Parameter remembered: nothing for a computer that has not seen the vault before.
  /// - Throws: `failed` where a folder cannot be read. Whatever does not verify is a finding.
  package static func read(_ vault: Vault, remembered: LogHeads = LogHeads()) throws -> LogStreams {
    try Merging.whileStable {
      var streams = LogStreams(vault: vault)
      try streams.read()
      streams.compare(remembered)
      return streams
    }
  }

  /// Reads all logs as ``read(_:remembered:)`` and remembers in the home how far they have come,
  /// unless another process has it locked.
  ///
  /// - Throws: `failed`; `damaged` where what the home remembers cannot be read.
  package static func read(_ vault: Vault, home: Home) throws -> LogStreams {
    let streams = try read(vault, remembered: try home.logHeads(of: vault.id))
    if let lock = try? HomeLock.attempt(home, vault.id) {
      try home.remember(streams.heads, of: vault.id, under: lock)
    }
    return streams
  }

  private init(vault: Vault) {
    self.vault = vault
  }

  private mutating func read() throws {
    let devices = vault.roster.devices
    for entry in try vault.folder.listing(of: "log").entries {
      guard entry.kind == .folder, let device = entry.name.flatMap({ Identifier($0) }),
        devices[device] != nil
      else {
        findings.append(
          Finding(.stranger, "log/\(entry.shown)", "of no device on the roster"))
        continue
      }
      try read(device)
    }
    for device in runs.keys.sorted() { follow(device) }
    for (device, runs) in runs.sorted(by: { $0.key < $1.key }) {
      for run in runs { hear(run, of: device) }
    }
  }

  private mutating func read(_ device: Identifier) throws {
    let path = "log/\(device.text)"
    var line = LogLine()
    var found: [(run: Run, chains: [Identifier])] = []
    for entry in try vault.folder.listing(of: path).entries {
      guard entry.kind == .file, let id = entry.name.flatMap({ Identifier($0) }) else {
        findings.append(Finding(.stranger, "\(path)/\(entry.shown)", "not a file of the vault"))
        continue
      }
      guard let segment = try segment(id, of: device, at: "\(path)/\(id.text)") else { continue }
      found.append(walk(segment, id))
    }
    guard !found.isEmpty else { return }
    // The longer one first: what a merged segment replaces lies within it.
    found.sort {
      ($0.run.start.next, $1.run.end.next, $0.run.id)
        < ($1.run.start.next, $0.run.end.next, $1.run.id)
    }
    for (run, chains) in found {
      let fault = line.take(run, chains)
      if let fault { findings.append(fault.finding(at: "\(path)/\(run.id.text)")) }
    }
    runs[device] = found.map(\.run)
    lines[device] = line
  }

  private mutating func segment(
    _ id: Identifier, of device: Identifier, at path: String
  ) throws -> LogSegment? {
    do {
      switch try LogSegment.read(id, of: device, in: vault) {
      case .success(let segment):
        check(segment, at: path)
        return segment
      case .failure(let fault):
        findings.append(fault.finding(at: path))
      }
    } catch let error as StorageError where error.isMissing {
      throw Merging.Vanished()
    } catch let error as StorageError where error.reason != .system {
      findings.append(Finding(.damaged, path, "not a segment of the log"))
    } catch let error as StorageError {
      throw VaultError(error, while: "reading the access log")
    }
    return nil
  }

  /// What is sealed to anybody but the auditors, nobody of the service can read.
  private mutating func check(_ segment: LogSegment, at path: String) {
    let auditors = vault.roster.auditorKeys
    let keys =
      [segment.head.auditors]
      + segment.entries.filter { $0.kind == .change }.compactMap {
        Identifier(segment.bytes[$0.sealed.prefix(32)])
      }
    if !keys.allSatisfy(auditors.contains) {
      findings.append(Finding(.forged, path, "sealed to somebody else than the auditors"))
    }
  }

  /// The chain through a segment: the point in front of it, and after each entry.
  private mutating func walk(
    _ segment: LogSegment, _ id: Identifier
  ) -> (run: Run, chains: [Identifier]) {
    var point = segment.head.start
    var chains = [point.chain]
    chains.reserveCapacity(segment.entries.count + 1)
    for entry in segment.entries where entry.isChained {
      point = point.after(entry, in: segment.bytes)
      chains.append(point.chain)
    }
    count += chains.count - 1
    let run = Run(id: id, start: segment.head.start, end: point, witnesses: segment.witnesses)
    return (run, chains)
  }

  /// Names what is missing between the parts of a device's chain.
  private mutating func follow(_ device: Identifier) {
    for gap in lines[device]?.gaps ?? [] {
      findings.append(
        Finding(
          .missing, "log/\(device.text)",
          "a gap: the entries \(gap.lowerBound) to \(gap.upperBound - 1) of \(name(device)) are missing"
        ))
    }
  }

  /// Compares what a segment says of other devices' logs with what they are.
  private mutating func hear(_ run: Run, of device: Identifier) {
    let path = "log/\(device.text)/\(run.id.text)"
    for witness in run.witnesses where witness.point.next > 0 {
      guard vault.roster.standing(of: witness.device) != nil, witness.device != device else {
        findings.append(Finding(.forged, path, "bears witness of a device that it cannot"))
        continue
      }
      compare(witness.device, witness.point, seenBy: name(device))
    }
  }

  private mutating func compare(_ remembered: LogHeads) {
    for (device, point) in remembered.points.sorted(by: { $0.key < $1.key }) {
      compare(device, point, seenBy: nil)
    }
  }

  /// Compares a device's log with how it was seen.
  ///
  /// - Parameter witness: whose log says so; nil for this computer.
  private mutating func compare(
    _ device: Identifier, _ point: LogPoint, seenBy witness: String?
  ) {
    let path = "log/\(device.text)"
    let who = witness.map { "the log of \($0)" } ?? "this computer"
    guard let line = lines[device] else {
      add(
        Finding(
          .missing, path, "the whole log of \(name(device)) is gone, which \(who) has seen"))
      return
    }
    guard point.next <= line.end else {
      let words =
        witness == nil
        ? "was rolled back" : "has lost its end, unless what another log says of it is false"
      add(
        Finding(
          .missing, path,
          "the log of \(name(device)) \(words): \(who) saw \(point.next) entries, \(line.end) are here"
        ))
      return
    }
    // What lies in a gap was named before.
    guard let chain = line.chain(before: point.next), chain != point.chain else { return }
    add(
      Finding(
        .forged, path,
        "the log of \(name(device)) contradicts what \(who) has seen up to entry \(point.next)"))
  }

  private mutating func add(_ finding: Finding) {
    if !findings.contains(finding) { findings.append(finding) }
  }

  /// Whose device it is, for people.
  private func name(_ device: Identifier) -> String {
    let member = vault.roster.standing(of: device)?.member.name
    return "\(member ?? "somebody")'s device \(device.text.prefix(10))"
  }
}

extension Roster {
  /// The public keys that the access log may be sealed to.
  var auditorKeys: Set<Identifier> { [founding.auditor] }
}
