internal import Sealing
internal import Storage
package import VaultFormat

/// One entry of an access log, opened by an auditor.
package struct LoggedEntry: Sendable {
  package let sequence: UInt64
  package let device: Identifier
  package let body: LogBody

  package init(sequence: UInt64, device: Identifier, body: LogBody) {
    self.sequence = sequence
    self.device = device
    self.body = body
  }
}

extension LogStreams {
  /// How far times in one log may run backwards, in seconds, before it is noted.
  private static let slack = 120

  /// Opens every access entry of every log.
  ///
  /// - Parameter pairs: the auditors' pairs that this device holds.
  /// - Returns: the entries by time, and what contradicts itself in them.
  /// - Throws: `noKey` without a pair, `failed`.
  package func entries(
    with pairs: [RolePair]
  ) throws -> (entries: [LoggedEntry], findings: [Finding]) {
    guard !pairs.isEmpty else {
      throw VaultError(.noKey, "this computer holds no key to read the access log with")
    }
    var reading = LogReading(pairs: pairs, vault: vault)
    for (device, runs) in runs.sorted(by: { $0.key < $1.key }) {
      for run in runs { try reading.read(run, of: device) }
      reading.endDevice(device)
    }
    return (
      reading.entries.sorted {
        ($0.body.time, $0.device, $0.sequence) < ($1.body.time, $1.device, $1.sequence)
      }, reading.findings
    )
  }

  /// What is opened on the way.
  private struct LogReading {
    private struct Place: Hashable {
      let sequence: UInt64
      let chain: Identifier
    }

    let pairs: [RolePair]
    let vault: Vault
    var entries: [LoggedEntry] = []
    var findings: [Finding] = []
    /// Entries of this device read by now: a run may lie in two segments.
    private var done: Set<Place> = []
    private var latest: [(sequence: UInt64, time: Timestamp)] = []

    init(pairs: [RolePair], vault: Vault) {
      self.pairs = pairs
      self.vault = vault
    }

    mutating func read(_ run: Run, of device: Identifier) throws {
      let path = "log/\(device.text)/\(run.id.text)"
      guard case .success(let segment)? = try? LogSegment.read(run.id, of: device, in: vault) else {
        findings.append(Finding(.missing, path, "it vanished while the log was read"))
        return
      }
      var key = open(segment.head.auditors, segment.head.box, of: segment, at: path)
      var point = segment.head.start
      for entry in segment.entries {
        if entry.kind == .change {
          let sealed = Array(segment.bytes[entry.sealed])
          key = Identifier(sealed[..<32]).flatMap {
            open($0, Array(sealed[32...]), of: segment, at: path)
          }
          continue
        }
        let next = point.after(entry, in: segment.bytes)
        if entry.kind == .access,
          done.insert(Place(sequence: point.next, chain: next.chain)).inserted, let key
        {
          read(entry, at: point, of: segment, with: key, path)
        }
        point = next
      }
    }

    /// Notes where the times of a device's log run backwards.
    mutating func endDevice(_ device: Identifier) {
      var last: Timestamp?
      for (sequence, time) in latest.sorted(by: { $0.sequence < $1.sequence }) {
        if let last, time.seconds < last.seconds - slack {
          findings.append(
            Finding(
              .ahead, "log/\(device.text)",
              "entry \(sequence) is dated \(time.text), before the one in front of it"))
        }
        last = time
      }
      latest = []
      done = []
    }

    private mutating func open(
      _ auditors: Identifier, _ box: [UInt8], of segment: LogSegment, at path: String
    ) -> AccessLog.SegmentKey? {
      let data = LogHead.boxData(
        vault: segment.head.vault, device: segment.head.device, auditors: auditors)
      for pair in pairs where pair.publicKey == auditors {
        if let key = try? Box.open(box, with: pair.key, data: data) {
          return AccessLog.SegmentKey(key)
        }
      }
      findings.append(Finding(.forged, path, "the auditors' key does not open it"))
      return nil
    }

    private mutating func read(
      _ entry: LogEntry, at point: LogPoint, of segment: LogSegment,
      with key: AccessLog.SegmentKey, _ path: String
    ) {
      let sealed = segment.bytes[entry.sealed]
      let data = LogEntry.data(chain: point.chain, sequence: point.next)
      guard
        let plaintext = try? Envelope.open(
          Array(sealed.dropFirst(Envelope.nonceSize)), key: key.key,
          nonce: Array(sealed.prefix(Envelope.nonceSize)), data: data),
        let body = try? LogBody(plaintext)
      else {
        findings.append(Finding(.forged, path, "entry \(point.next) does not open"))
        return
      }
      guard
        vault.roster.standing(of: segment.head.device, at: segment.head.roster)?.member.id
          == body.member
      else {
        findings.append(
          Finding(.forged, path, "entry \(point.next) names a member whose device this is not"))
        return
      }
      latest.append((point.next, body.time))
      entries.append(LoggedEntry(sequence: point.next, device: segment.head.device, body: body))
    }
  }
}
