internal import Agent
internal import CPlatform
internal import CaseVault
internal import Synchronization
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// From the first request to the last.
extension VaultMount {
  /// Seconds between two looks for what others filed.
  private static let lookEvery: UInt32 = 2
  /// Seconds in which what is unfinished must be in the spool.
  private static let partingTime = 6
  /// Seconds in which renamed files must be filed under their new names.
  private static let settlingTime = 100

  /// Mounts, and serves until the mount is taken away, the agent ends, or ``end()`` is called.
  /// Returns when nothing of the vault is left in the kernel; the process is then to exit.
  ///
  /// - Parameter ready: called once it is mounted, with what became of saves that were cut short.
  /// - Throws: `VaultError` where it could not be mounted.
  package func serve(ready: (Recovery) throws -> Void) throws {
    let session = try FuseSession(self)
    self.session = session
    // The agent must know of it before anything can be seen.
    let attending = try pool.take()
    try attending.client.attend(report)
    try session.mountIt()
    let recovery = recoverSpools()
    watchAgent(attending)
    watchOthers()
    try ready(recovery)
    session.serve()
    leave(session)
  }

  /// Has ``serve(ready:)`` return. Safe from any thread.
  package func end() {
    session?.end()
  }

  /// Ends with the agent: it tells, or is gone.
  private func watchAgent(_ attending: AgentPool.Taken) {
    nonisolated(unsafe) let client = attending.client
    let held = Unmanaged.passRetained(attending)
    let isStarted = startThread {
      client.awaitEnd()
      self.end()
      // Held to the end of the process: the agent waits for it.
      _ = held
    }
    if !isStarted { end() }
  }

  /// Looks for what others filed, and tells the kernel what it must not show any more.
  private func watchOthers() {
    let isStarted = startThread {
      var taken: AgentPool.Taken?
      while !self.isEnding.load(ordering: .acquiring) {
        sleep(Self.lookEvery)
        self.settleAsides()
        do {
          let asking = try taken ?? self.pool.take()
          taken = asking
          if self.reportAgain.exchange(false, ordering: .acquiringAndReleasing) {
            try self.pool.ask(nil) { try $0.attend(self.report) }
          }
          self.takeIn(try asking.client.changes())
        } catch let error as VaultError {
          taken?.isBroken = true
          taken = nil
          // A member who was put out sees nothing any more.
          if error.code == .refused { self.end() }
        } catch {
          taken = nil
        }
      }
    }
    if !isStarted { end() }
  }

  private func takeIn(_ changed: [Identifier]) {
    guard !changed.isEmpty else { return }
    lock.held {
      listedAt = nil
      for list in [openCases, closedCases] where list.lookups > 0 {
        notices.add(.inode(list.number))
      }
      for caseID in changed {
        guard let folder = cases[caseID] else { continue }
        folder.visitedAt = nil
        notices.add(.entry(parent: folder.number, name: folder.summary.name))
        for shelf in folder.shelves where shelf.lookups > 0 {
          shelf.changes += 1
          notices.add(.inode(shelf.number))
          for (name, file) in shelf.files where file.record != nil && !file.isUnfinished {
            notices.add(.entry(parent: shelf.number, name: name))
          }
        }
      }
    }
  }

  // MARK: The end

  /// Nothing is opened any more; what the kernel has goes; what is unfinished goes to the spool.
  private func leave(_ session: FuseSession) {
    if !asides(all: true).isEmpty {
      let settled = Flag()
      let isStarted = startThread {
        self.settleAsides(all: true)
        settled.set()
      }
      if isStarted {
        // Without the agent each of them ends soon.
        for _ in 0..<Self.settlingTime * 100 where !settled.isSet { usleep(10_000) }
      }
    }
    isEnding.store(true, ordering: .releasing)
    let done = Flag()
    let isStarted = startThread {
      // Written pages come while this goes on: they are answered.
      session.takeBackAll()
      self.spoolUnfinished()
      self.cache.clear()
      done.set()
    }
    if isStarted {
      for _ in 0..<Self.partingTime * 100 where !done.isSet { usleep(10_000) }
    }
    notices.end()
    // Whoever could not be brought to let go in time is cut off.
    if !done.isSet { _ = MountPoint.abort(settings.path) }
    session.unmount()
    spools.close()
  }

  /// What programs had not closed yet is kept for the next mount.
  private func spoolUnfinished() {
    isLeft.store(true, ordering: .releasing)
    // What takes long comes last: the time that a lock gives is short.
    let files = knownFiles().filter { file in lock.held { file.isUnfinished } }
      .map { file in
        (file, file.content.lock.held { file.content.unfinished?.sealedLength ?? 0 })
      }
    for (file, _) in files.sorted(by: { $0.1 < $1.1 }) {
      file.content.lock.held {
        guard let unfinished = file.content.unfinished else { return }
        if lock.held({ file.isTemporary && file.movedAside == nil || file.isGone })
          || !unfinished.hasNews
        {
          unfinished.dropSpool()
        } else {
          try? unfinished.sync()
        }
        file.content.unfinished = nil
      }
    }
  }
}

/// A flag that is set once.
private final class Flag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}
