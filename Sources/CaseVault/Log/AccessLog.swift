internal import Sealing
internal import Storage
internal import Synchronization
internal import VaultFormat

/// The access log of this device: what is read and what is signed is entered here first
/// (design/vault.md §9, FORMAT §10).
///
/// Safe to use from several threads. All who work with one home, vault and device in one process
/// share one.
package final class AccessLog: Sendable {
  /// How long a case's window is, in nanoseconds. The first entry of a case is durable before
  /// anything of it is shown, and opens one; it is never prolonged.
  package static let window: Int64 = 2_000_000_000

  /// The name of the window that listings share; no case has it.
  private static let listings = Identifier.zero

  /// As the program that opened it last sees it: its roster grows.
  private let seen: Mutex<Vault>
  let identity: Identity
  let home: Home
  let shelf: LogShelf
  let clock: Clock
  private let bootClock: BootClock
  let lock: HomeLock
  let entering: Mutex<Entering>
  let shipping: Mutex<Shipping>

  /// Segments that had vanished from the vault when the log was opened.
  let restored: [Finding]

  /// The spool being written.
  struct OpenSpool: Sendable {
    let journal: Journal
    let key: SegmentKey
    let name: String
    let start: LogPoint
    let began: UInt32
  }

  /// A segment key that is shared by reference.
  final class SegmentKey: Sendable {
    let key: SecretKey
    init(_ key: consuming SecretKey) { self.key = key }
  }

  /// What entering needs.
  struct Entering: Sendable {
    /// Of the next entry.
    var point: LogPoint
    var waiting: [WaitingSpool]
    var obsolete: [String]
    var open: OpenSpool?
    /// Whether the last spool of an earlier process is known to be durable.
    var isResumed = false
    /// When each case's window ends.
    var windows: [Identifier: Int64] = [:]
    /// When what is written and not synced has to be.
    var due: Int64?
    var isLost = false
    /// Since when, and why, nothing could be shipped.
    var failure: String?
  }

  private init(
    _ vault: Vault, identity: Identity, home: Home, clock: Clock, bootClock: BootClock,
    lock: HomeLock
  ) throws {
    seen = Mutex(vault)
    self.identity = identity
    self.home = home
    self.clock = clock
    self.bootClock = bootClock
    self.lock = lock
    shelf = LogShelf(home, vault: vault.id, device: identity.device)
    let resumed = try LogResumption(shelf, vault: vault, device: identity.device)
    entering = Mutex(
      Entering(point: resumed.point, waiting: resumed.waiting, obsolete: resumed.obsolete))
    shipping = Mutex(Shipping(shipped: resumed.shipped))
    restored = shelf.putBack(resumed.vanished, into: vault.folder, device: identity.device)
  }

  /// Opens the log of a home, or gives the one that this process has open already.
  ///
  /// - Parameter whenWaiting: called once when another process has the home's lock.
  /// - Throws: `failed` where the lock is not to be had or the home not to be read; `damaged` where
  ///   the home's log does not fit together; `refused` for a home that was put back to an old image.
  package static func open(
    _ vault: Vault, identity: Identity, home: Home, clock: Clock = .system,
    bootClock: BootClock = .system, whenWaiting: () -> Void = {}
  ) throws -> AccessLog {
    let lock = try HomeLock.acquire(home, vault.id, whenWaiting: whenWaiting)
    let log = try lock.log(of: identity.device) {
      try AccessLog(
        vault, identity: identity, home: home, clock: clock, bootClock: bootClock, lock: lock)
    }
    log.seen.withLock { $0 = vault }
    return log
  }

  var vault: Vault { seen.withLock { $0 } }

  /// Takes in a roster that was looked at again.
  func see(_ vault: Vault) { seen.withLock { $0 = vault } }

  /// Enters what is about to be read or done. Nothing of it may be shown before this returns.
  ///
  /// - Parameters:
  ///   - caseKey: of the entry's case, to seal the details under.
  ///   - isListing: of a folder's names only, for which all cases share one window: a walk through
  ///     the whole vault syncs once, and opening a record after it syncs again.
  /// - Throws: `failed` where the entry cannot be kept, the log is lost, or entries have waited
  ///   longer than the policy allows: then nothing may be read.
  package func enter(
    _ entry: AccessEntry, caseKey: CaseKey? = nil, isListing: Bool = false
  ) throws {
    // What has waited too long may only have had nobody to bring it.
    if entering.withLock({ (try? refuseIfUnshipped($0)) == nil }) { try? ship() }
    try entering.withLock { state in
      try refuseIfLost(&state)
      if entry.outcome == .ok { try refuseIfUnshipped(state) }
      let now = bootClock.now
      try settle(&state, at: now)
      let spool = try spool(&state)
      let bytes = try sealed(entry, caseKey, at: state.point, under: spool.key)
      let window = isListing ? Self.listings : entry.caseID
      let end = window.flatMap { state.windows[$0] } ?? .min
      if let now, now < end {
        try append([bytes], to: spool, &state, isSynced: false)
        state.due = min(state.due ?? .max, end)
      } else {
        try append([bytes], to: spool, &state, isSynced: true)
        if let now, let window { state.windows[window] = now + Self.window }
      }
    }
  }

  /// Enters records and statements that are about to be published, one entry each; durable when it
  /// returns.
  ///
  /// - Parameter signatures: 64 bytes each.
  /// - Throws: as ``enter(_:caseKey:)``; but what waits unshipped does not keep anybody from filing.
  package func enter(made signatures: [[UInt8]]) throws {
    guard !signatures.isEmpty else { return }
    try entering.withLock { state in
      try refuseIfLost(&state)
      let entries = signatures.map { signature in
        LogEntry.bytes(.made, made: Identifier(hash(.made, signature)))
      }
      try append(entries, to: spool(&state), &state, isSynced: true)
    }
  }

  /// Makes durable what windows left so, where one of them has ended.
  ///
  /// - Parameter force: whether or not one has.
  /// - Throws: `failed`.
  package func settle(force: Bool = false) throws {
    try entering.withLock { state in
      try settle(&state, at: force ? .max : bootClock.now)
    }
  }

  /// When ``settle(force:)`` has something to do: nanoseconds of the boot clock, nil while nothing
  /// waits.
  package var settlesAt: Int64? { entering.withLock { $0.due } }

  /// Whether the spool was taken away from under this process: nothing can be entered any more.
  package var isLost: Bool { entering.withLock { $0.isLost } }

  /// How many entries wait in the home to be shipped.
  package var unshipped: Int {
    entering.withLock { state in
      Int(clamping: state.point.next - (oldest(of: state)?.start ?? state.point).next)
    }
  }

  /// Says what waits, from the first shipping on that failed.
  package var findings: [Finding] {
    let failure = entering.withLock(\.failure)
    return restored + [failure].compactMap { $0.map { Finding(.stale, "log", $0) } }
  }

  private func settle(_ state: inout Entering, at now: Int64?) throws {
    if let now { state.windows = state.windows.filter { $0.value > now } }
    guard let due = state.due, now.map({ due <= $0 }) ?? true else { return }
    guard let open = state.open else {
      state.due = nil
      return
    }
    try sync(open, &state)
  }

  func sync(_ open: OpenSpool, _ state: inout Entering) throws {
    do throws(StorageError) {
      try open.journal.sync()
      state.due = nil
    } catch {
      // A full disk may have room later. Of anything else nobody knows what it kept.
      if !error.isOutOfSpace && !error.isRefused { state.isLost = true }
      throw VaultError(error, while: "writing the access log")
    }
  }

  /// Writes entries at the end of the spool; all of them, or none that counts.
  private func append(
    _ entries: [[UInt8]], to open: OpenSpool, _ state: inout Entering, isSynced: Bool
  ) throws {
    let size = open.journal.size
    do throws(StorageError) {
      try open.journal.append(Array(entries.joined()))
    } catch {
      throw VaultError(error, while: "writing the access log")
    }
    if isSynced {
      do {
        try sync(open, &state)
      } catch {
        open.journal.takeBack(to: size)
        throw error
      }
    }
    for bytes in entries {
      guard let entry = try? LogEntry(in: bytes, at: 0, before: bytes.count) else { continue }
      state.point = state.point.after(entry, in: bytes)
    }
  }

  private func sealed(
    _ entry: AccessEntry, _ caseKey: CaseKey?, at point: LogPoint, under segmentKey: SegmentKey
  ) throws -> [UInt8] {
    do {
      let body = LogBody(
        action: entry.action, caseID: entry.caseID, record: entry.record,
        member: member, program: entry.shownProgram, purpose: entry.purpose,
        outcome: entry.outcome, time: clock.now,
        details: try details(entry, caseKey, at: point))
      let nonce = randomBytes(Envelope.nonceSize)
      let data = LogEntry.data(chain: point.chain, sequence: point.next)
      return LogEntry.bytes(
        .access,
        sealed: nonce
          + Envelope.seal(try body.plaintext(), key: segmentKey.key, nonce: nonce, data: data))
    } catch let error as FormatError {
      throw VaultError(.failed, "this cannot be entered in the access log: \(error)", cause: error)
    }
  }

  /// Whose device this is. The identity of one that enrolled names nobody: the roster does.
  private var member: String {
    vault.roster.standing(of: identity.device)?.member.id ?? identity.member
  }

  /// The details under the case's log key (FORMAT §10.2).
  private func details(
    _ entry: AccessEntry, _ caseKey: CaseKey?, at point: LogPoint
  ) throws -> [UInt8]? {
    guard !entry.details.isEmpty, let caseKey else { return nil }
    let nonce = randomBytes(Envelope.nonceSize)
    let data = LogEntry.detailsData(
      vault: vault.id, device: identity.device, sequence: point.next)
    return nonce
      + Envelope.seal(
        JSON.object(entry.details).canonical, key: try caseKey.key.derive(.log), nonce: nonce,
        data: data)
  }
}

extension AccessLog {
  /// The spool to write to, begun where there is none.
  private func spool(_ state: inout Entering) throws -> OpenSpool {
    if let open = state.open, open.journal.size < LogSpool.maximumSize { return open }
    try close(&state)
    let open = try begin(&state)
    state.open = open
    return open
  }

  private func begin(_ state: inout Entering) throws -> OpenSpool {
    let key = try SecretKey.random()
    let auditors = vault.roster.founding.auditor
    let name = String(state.point.next)
    let box = try Box.seal(
      key, to: auditors.inline,
      data: LogHead.boxData(vault: vault.id, device: identity.device, auditors: auditors))
    let head = LogHead(
      vault: vault.id, roster: vault.roster.head(for: identity.device), device: identity.device,
      sequence: state.point.next, chain: state.point.chain, auditors: auditors, box: box)
    let began = UInt32(clamping: clock.now.seconds)
    do throws(StorageError) {
      try resume(&state)
      // An earlier attempt may have left its beginning.
      if shelf.folder.exists(shelf.path(name)) { try shelf.folder.remove(shelf.path(name)) }
      let journal = try shelf.folder.journal(creating: shelf.path(name))
      try journal.append(LogSpoolHeader(head, began: began).bytes)
      return OpenSpool(
        journal: journal, key: SegmentKey(key), name: name, start: state.point, began: began)
    } catch {
      throw VaultError(error, while: "writing the access log")
    }
  }

  /// Makes the last spool of an earlier process durable, without what a crash tore off: what is
  /// entered next builds on it.
  func resume(_ state: inout Entering) throws(StorageError) {
    guard !state.isResumed else { return }
    if let last = state.waiting.last {
      try shelf.folder.journal(opening: shelf.path(last.name), size: last.size).sync()
    }
    state.isResumed = true
  }

  /// Ends the spool: it waits to be shipped, and the next entry begins another.
  func close(_ state: inout Entering) throws {
    guard let open = state.open else { return }
    try sync(open, &state)
    state.open = nil
    guard open.start.next < state.point.next else { return state.obsolete.append(open.name) }
    state.waiting.append(
      WaitingSpool(
        name: open.name, start: open.start, end: state.point, size: open.journal.size,
        began: open.began))
  }

  private func refuseIfLost(_ state: inout Entering) throws {
    if let open = state.open, !open.journal.isInPlace { state.isLost = true }
    guard state.isLost else { return }
    throw VaultError(
      .failed, "the access log of this computer is lost: what is not entered is not read",
      hint: "lock and unlock again, and tell your manager")
  }

  /// The oldest entries that wait.
  private func oldest(of state: Entering) -> (start: LogPoint, began: UInt32)? {
    if let first = state.waiting.first { return (first.start, first.began) }
    return state.open.map { ($0.start, $0.began) }
  }

  private func refuseIfUnshipped(_ state: Entering) throws {
    let hours = vault.roster.founding.policy.logUnshippedHours
    guard let oldest = oldest(of: state),
      clock.now.seconds - Int(oldest.began) > hours * 3_600
    else { return }
    throw VaultError(
      .failed, "the access log has waited more than \(hours) hours to be brought to the vault",
      hint: "connect to the vault's folder, so that it can be written")
  }
}
