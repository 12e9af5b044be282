import CaseVault
import Sealing
import Storage
import Synchronization
import TestSupport
import VaultFormat

/// A boot clock that stands still until a test moves it.
final class MovableBoot: Sendable {
  private let time = Mutex<Int64>(1_000_000_000)

  /// Moves it on by nanoseconds.
  func pass(_ nanoseconds: Int64) { time.withLock { $0 += nanoseconds } }

  var now: Int64 { time.withLock { $0 } }
  var clock: BootClock { BootClock { self.now } }
}

extension Office {
  /// A member's programs begin: nothing is remembered but what lies in the home.
  func membership(
    as colleague: Colleague? = nil, home: Home? = nil, faults: Faults? = nil,
    boot: BootClock = .system
  ) throws -> Membership {
    try Membership(
      Vault(Folder(share.path, faults: faults)), identity: colleague?.identity ?? manager,
      home: home ?? colleague?.home ?? self.home, clock: clock.clock, bootClock: boot)
  }

  /// Enters actions as one program, and ships them.
  func log(_ actions: String..., as colleague: Colleague? = nil) throws {
    let membership = try membership(as: colleague)
    for action in actions { try membership.log.enter(AccessEntry(action)) }
    try membership.log.ship()
    // The next program looks at the other logs anew.
    clock.set(Timestamp(seconds: clock.now.seconds + 61).text)
  }

  func streams() throws -> LogStreams { try LogStreams.read(Vault(Folder(share.path))) }

  /// What an auditor reads.
  func logged() throws -> (entries: [LoggedEntry], findings: [Finding]) {
    try streams().entries(with: membership().rolePairs(.auditor))
  }

  func folder(ofLog identity: Identity) -> String { "log/\(identity.device.text)" }

  /// The segments of a device's log.
  func segments(of identity: Identity) throws -> [(path: String, segment: LogSegment)] {
    try share.names(folder(ofLog: identity)).map { name in
      let path = "\(folder(ofLog: identity))/\(name)"
      return (path, try LogSegment(share.read(path)))
    }
  }

  /// A body as the program writes it.
  func body(_ action: String, of identity: Identity, time: Timestamp? = nil) -> LogBody {
    LogBody(
      action: action, member: identity.member, purpose: .advice, outcome: .ok,
      time: time ?? clock.now)
  }

  /// A segment of somebody's own making, signed by their device, and planted.
  @discardableResult
  func plantLog(
    _ bodies: [LogBody], by identity: Identity, at point: LogPoint = .start,
    as device: Identifier? = nil, auditors: Identifier? = nil, witnesses: [LogWitness] = [],
    vault: Identifier? = nil, roster: Identifier? = nil, in folder: String? = nil
  ) throws -> String {
    let auditor = try Vault(Folder(share.path)).roster.founding.auditor
    let key = try SecretKey.random()
    let device = device ?? identity.device
    let vault = vault ?? vaultID
    let recipient = auditors ?? auditor
    let box = try Box.seal(
      key, to: recipient.inline,
      data: LogHead.boxData(vault: vault, device: device, auditors: recipient))
    let head = LogHead(
      vault: vault, roster: try roster ?? Vault(Folder(share.path)).roster.head(for: device),
      device: device, sequence: point.next, chain: point.chain, auditors: recipient, box: box)
    var run: [UInt8] = []
    var point = point
    for body in bodies {
      let nonce = randomBytes(24)
      let entry = LogEntry.bytes(
        .access,
        sealed: nonce
          + Envelope.seal(
            try body.plaintext(), key: key, nonce: nonce,
            data: LogEntry.data(chain: point.chain, sequence: point.next)))
      point = LogPoint(
        next: point.next + 1,
        chain: Identifier(hash(Label("cv1.chain"), point.chain.bytes + entry)))
      run += entry
    }
    return try plant(
      try LogSegment(head, witnesses: witnesses, replaced: [], run: run, count: bodies.count),
      by: identity, in: folder)
  }

  /// Signs a segment again and plants it under the name that it then has.
  @discardableResult
  func plant(
    _ segment: LogSegment, by identity: Identity, in folder: String? = nil
  ) throws -> String {
    var segment = segment
    segment.sign(identity.signing.sign(LogSegment.signatureText, segment.signed))
    return try plant(segment: segment.bytes, in: folder ?? self.folder(ofLog: identity))
  }

  /// Replaces a device's only segment by one with other entries, signed by the device itself.
  func rewrite(
    _ identity: Identity, _ change: (inout [[UInt8]]) throws -> Void
  ) throws {
    let (path, segment) = try segments(of: identity).first.orThrow()
    var entries = segment.entries.map { Array(segment.bytes[$0.range]) }
    try change(&entries)
    let forged = try LogSegment(
      segment.head, witnesses: segment.witnesses, replaced: segment.replaced,
      run: Array(entries.joined()), count: entries.count)
    try share.remove(path)
    try plant(forged, by: identity)
  }
}
