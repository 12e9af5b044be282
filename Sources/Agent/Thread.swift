#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

private final class Work {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Starts a thread that ends by itself. False where the system has none to give.
package func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  #if canImport(Darwin)
    var thread: pthread_t?
  #else
    var thread = pthread_t()
  #endif
  let argument = Unmanaged.passRetained(Work(body)).toOpaque()
  let status = pthread_create(
    &thread, nil,
    { argument in
      #if canImport(Darwin)
        let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
      #else
        let work = Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue()
      #endif
      work.body()
      return nil
    }, argument)
  guard status == 0 else {
    Unmanaged<Work>.fromOpaque(argument).release()
    return false
  }
  #if canImport(Darwin)
    if let thread { pthread_detach(thread) }
  #else
    pthread_detach(thread)
  #endif
  return true
}
