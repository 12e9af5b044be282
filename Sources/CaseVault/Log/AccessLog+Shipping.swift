internal import Sealing
internal import Storage
internal import Synchronization
internal import VaultFormat

/// What shipping needs.
struct Shipping: Sendable {
  var shipped: ShippedLog
  var glance = LogGlance()
  /// When the other logs were last looked at, by the boot clock.
  var lookedAt: Timestamp?
  /// How far other devices' logs were seen.
  var witnessed: [Identifier: LogPoint] = [:]
}

/// Entries under one segment key, or several, with the first one's key in front.
private struct Cargo {
  let head: LogHead
  let run: [UInt8]
  let count: Int

  init(_ spool: LogSpool) {
    head = spool.head
    run = Array(spool.bytes[LogSpoolHeader.size..<spool.wholeSize])
    count = spool.entries.count
  }

  init(_ segment: LogSegment) {
    head = segment.head
    run = Array(segment.run)
    count = segment.entries.count
  }
}

extension AccessLog {
  /// The most bytes that a merged segment has; less than 2^20 of the smallest entries.
  package static let maximumMerged = 32 << 20
  /// How long the other devices' logs are not looked at again, in seconds.
  private static let lookEvery = 60

  /// Ships all that waits, signed, to the vault; what windows left is made durable before.
  ///
  /// - Throws: `failed` where the vault cannot be written; then it waits on, and ``findings`` says
  ///   so. Entries go on meanwhile.
  package func ship() throws {
    try shipping.withLock { shipping in
      do {
        while let batch = try batch() { try ship(batch, &shipping) }
        entering.withLock { $0.failure = nil }
      } catch {
        note(error)
        throw (error as? StorageError).map {
          VaultError($0, while: "bringing the access log to the vault")
        } ?? error
      }
    }
  }

  /// Makes everything durable and tries to ship it. What cannot be shipped waits, and ``findings``
  /// says so.
  ///
  /// - Throws: `failed` where it cannot be made durable.
  package func close() throws {
    try settle(force: true)
    try? ship()
  }

  private func note(_ error: any Error) {
    entering.withLock { state in
      let since = state.waiting.first.map { Timestamp(seconds: Int($0.began)).text } ?? "now"
      state.failure = "entries since \(since) wait on this computer; the vault cannot be written"
    }
  }

  /// The oldest spools that wait, no more than one segment takes; nil where none does.
  private func batch() throws -> [WaitingSpool]? {
    try entering.withLock { state in
      try close(&state)
      try resume(&state)
      var batch: [WaitingSpool] = []
      var size = 0
      for spool in state.waiting {
        size += spool.size
        guard batch.isEmpty || size <= Self.maximumMerged else { break }
        batch.append(spool)
      }
      return batch.isEmpty ? nil : batch
    }
  }

  private func ship(_ batch: [WaitingSpool], _ shipping: inout Shipping) throws {
    var cargo = try batch.map(cargo)
    let size = cargo.reduce(0) { $0 + $1.run.count }
    let absorbed = try absorb(shipping.shipped.segments, into: &cargo, size: size)
    look(&shipping)
    var segment = try pack(
      cargo, witnesses: witnesses(shipping), replaced: absorbed.map(\.id))
    segment.sign(identity.signing.sign(LogSegment.signatureText, segment.signed))
    let id = Identifier(hash(.segment, segment.bytes))
    let path = "log/\(identity.device.text)"
    try vault.folder.publish(segment.bytes, at: "\(path)/\(id.text)")

    let end = batch[batch.count - 1].end
    var shipped = shipping.shipped
    shipped.segments.removeLast(absorbed.count)
    shipped.segments.append(
      OwnSegment(id: id, start: segment.head.start, end: end, size: segment.run.count))
    shipped.point = end
    try shelf.folder.replace(shipped.bytes, at: shelf.path("head"))
    shelf.keep(segment.bytes, shipped)
    shipping.shipped = shipped
    try home.remember([identity.device: end], of: vault.id, under: lock)
    try forget(batch)
    Merging.remove(absorbed.map(\.id), from: path, in: vault.folder)
  }

  /// Unlinks what was shipped, and what earlier processes could not.
  private func forget(_ batch: [WaitingSpool]) throws {
    try entering.withLock { state in
      state.waiting.removeFirst(batch.count)
      try shelf.folder.remove(batch.map(\.name) + state.obsolete, in: shelf.path)
      state.obsolete = []
    }
  }

  /// A spool's entries, verified to be those that were entered.
  private func cargo(_ waiting: WaitingSpool) throws -> Cargo {
    do {
      let spool = try LogSpool(shelf.folder.read(shelf.path(waiting.name), atMost: 32 << 20))
      guard spool.head.start == waiting.start, spool.wholeSize == waiting.size,
        waiting.start.after(spool.entries, in: spool.bytes) == waiting.end
      else { throw LogShelf.damaged }
      return Cargo(spool)
    } catch {
      entering.withLock { $0.isLost = true }
      throw LogShelf.damaged
    }
  }

  /// Puts own segments in front that are not much larger, the newest first, so that they stay few
  /// and their runs whole.
  private func absorb(
    _ own: [OwnSegment], into cargo: inout [Cargo], size: Int
  ) throws -> [OwnSegment] {
    var absorbed: [OwnSegment] = []
    for segment in Merging.absorbedRun(own, adding: size, limit: Self.maximumMerged) {
      guard let first = cargo.first, first.head.start == segment.end,
        case .success(let read)? = try? LogSegment.read(
          segment.id, of: identity.device, in: vault)
      else { break }
      cargo.insert(Cargo(read), at: 0)
      absorbed.append(segment)
    }
    return absorbed
  }

  private func pack(
    _ cargo: [Cargo], witnesses: [LogWitness], replaced: [Identifier]
  ) throws -> LogSegment {
    var run: [UInt8] = []
    var count = 0
    for (number, piece) in cargo.enumerated() {
      if number > 0 {
        run += LogEntry.bytes(.change, sealed: piece.head.auditors.bytes + piece.head.box)
        count += 1
      }
      run += piece.run
      count += piece.count
    }
    return try LogSegment(
      cargo[0].head.seeing(vault.roster.head(for: identity.device)), witnesses: witnesses,
      replaced: replaced, run: run, count: count)
  }

  /// Looks at the other devices' logs, once a minute at most, and remembers how far they were.
  private func look(_ shipping: inout Shipping) {
    let now = clock.now
    if let last = shipping.lookedAt, (0..<Self.lookEvery).contains(now.seconds - last.seconds) {
      return
    }
    shipping.lookedAt = now
    let seen = shipping.glance.look(at: vault, without: identity.device)
    guard let heads = try? home.remember(seen, of: vault.id, under: lock) else { return }
    shipping.witnessed = heads.points
  }

  private func witnesses(_ shipping: Shipping) -> [LogWitness] {
    let others = shipping.witnessed.filter { device, _ in
      device != identity.device && vault.roster.standing(of: device) != nil
    }
    return others.sorted { $0.key < $1.key }.prefix(LogSegment.maximumWitnesses).map {
      LogWitness(device: $0.key, point: $0.value)
    }
  }
}
