internal import Storage
internal import Synchronization
package import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The lock of a home for one vault: one process at a time makes entries and signatures there.
///
/// All who work with one home in one process share one lock, and through it one access log for each
/// device, so that they cannot fork its chain.
package final class HomeLock: Sendable {
  /// How long another process is waited for, in milliseconds.
  private static let patience = 60_000
  /// How long between two looks, in milliseconds.
  private static let pause = 20

  private struct Held {
    weak var lock: HomeLock?
  }

  private struct Live {
    weak var log: AccessLog?
  }

  private static let held = Mutex<[FileLock.Place: Held]>([:])

  private let file: FileLock
  private let logs = Mutex<[Identifier: Live]>([:])
  /// Held while the remembered heads are read, merged and written.
  let remembering = Mutex<Void>(())

  private init(_ file: FileLock) {
    self.file = file
  }

  /// Takes the lock, waiting for another process to let go of it.
  ///
  /// - Parameter whenWaiting: called once, when it has to wait.
  /// - Throws: `failed` after a minute, or where the home cannot be written.
  package static func acquire(
    _ home: Home, _ vault: Identifier, whenWaiting: () -> Void = {}
  ) throws -> HomeLock {
    for turn in 0...patience / pause {
      if let lock = try attempt(home, vault) { return lock }
      if turn == 0 { whenWaiting() }
      usleep(useconds_t(pause * 1_000))
    }
    throw VaultError(
      .failed, "another casevault is at work in this home",
      hint: "wait until it has finished, or lock its agent")
  }

  /// Takes the lock, or shares the one that this process has; nil while another process has it.
  ///
  /// - Throws: `failed`.
  package static func attempt(_ home: Home, _ vault: Identifier) throws -> HomeLock? {
    do {
      return try held.withLock { held in
        let path = home.lockPath(of: vault)
        let place = try home.state.lockPlace(path)
        if let lock = held[place]?.lock { return lock }
        guard let file = try home.state.tryLock(path) else { return nil }
        let lock = HomeLock(file)
        held = held.filter { $0.value.lock != nil }
        held[file.place] = Held(lock: lock)
        return lock
      }
    } catch let error as StorageError {
      throw VaultError(error, while: "locking the home of this computer")
    }
  }

  /// The live access log of a device, opened by the first who asks.
  func log(of device: Identifier, _ open: () throws -> AccessLog) throws -> AccessLog {
    try logs.withLock { logs in
      if let log = logs[device]?.log { return log }
      let log = try open()
      logs[device] = Live(log: log)
      return log
    }
  }
}
