#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// One at a time, in the order of their coming.
///
/// A plain lock may be taken again and again by the one who just gave it back; a
/// long check that lets others in between its cases must really let them in.
final class Turn: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var nextTicket: UInt64 = 0
  private var served: UInt64 = 0

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Does work when its turn has come.
  func take<Result>(_ work: () throws -> Result) rethrows -> Result {
    begin()
    defer { end() }
    return try work()
  }

  /// Lets those who wait have their turns, and those who come within some microseconds (up to a second), then
  /// goes on. Only within ``take(_:)``.
  func yield(for microseconds: UInt32 = 0) {
    end()
    if microseconds > 0 { usleep(microseconds) }
    begin()
  }

  private func begin() {
    pthread_mutex_lock(mutex)
    let ticket = nextTicket
    nextTicket += 1
    while served != ticket { pthread_cond_wait(changed, mutex) }
    pthread_mutex_unlock(mutex)
  }

  private func end() {
    pthread_mutex_lock(mutex)
    served += 1
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }
}
