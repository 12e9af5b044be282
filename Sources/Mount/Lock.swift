#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A plain lock, for work that gives back what is no value of its own.
final class Lock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Does work while nobody else holds the lock.
  func held<Result>(_ work: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try work()
  }

  /// Does work if nobody else holds the lock; nil where somebody does.
  func heldIfFree<Result>(_ work: () throws -> Result) rethrows -> Result? {
    guard pthread_mutex_trylock(mutex) == 0 else { return nil }
    defer { pthread_mutex_unlock(mutex) }
    return try work()
  }
}
