import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Work that waits for a share more than it computes, eight pieces at a time.
///
/// A share answers in milliseconds, whoever asks: eight that wait together wait once. The threads
/// are the system's own, for a pool made for computing has no more of them than the machine has
/// cores.
package enum SideBySide {
  /// How many pieces are under way at once.
  package static let width = 8

  /// Does a piece of work for each item, in no order; returns when all are done.
  ///
  /// - Returns: the results in the order of the items.
  package static func map<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ work: @escaping @Sendable (Item) throws -> Value
  ) -> [Result<Value, any Error>] {
    let queue = Queue(items, work)
    var threads: [pthread_t] = []
    // The calling thread is one of them.
    for _ in 1..<max(1, min(width, items.count)) {
      if let thread = start(queue) { threads.append(thread) }
    }
    queue.run()
    for thread in threads { _ = pthread_join(thread, nil) }
    return queue.results
  }

  /// Work that goes on while the thread that began it does something else. ``wait()`` must be called
  /// before it goes.
  package final class Errand: Sendable {
    private let queue: Queue<@Sendable () throws -> Void, Void>
    private let threads: Mutex<[pthread_t]>

    /// Begins it, each piece on a thread of its own.
    package init(_ pieces: [@Sendable () throws -> Void]) {
      let queue = Queue(pieces) { try $0() }
      self.queue = queue
      threads = Mutex(pieces.compactMap { _ in start(queue) })
    }

    /// Returns when all is done; what had no thread is done here.
    package func wait() {
      queue.run()
      for thread in threads.withLock({ threads in
        defer { threads = [] }
        return threads
      }) { _ = pthread_join(thread, nil) }
    }

    /// Waits.
    ///
    /// - Throws: of what the pieces threw, what the first of them did.
    package func result() throws {
      wait()
      for result in queue.results { try result.get() }
    }
  }

  /// A thread that works on a queue; nil where the system has none to give, and the others do it.
  private static func start(_ queue: some Work) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let argument = unsafe Unmanaged.passRetained(Box(queue)).toOpaque()
    let status = unsafe pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
        #else
          let box = unsafe Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue()
        #endif
        box.work.run()
        return nil
      }, argument)
    guard status == 0 else {
      unsafe Unmanaged<Box>.fromOpaque(argument).release()
      return nil
    }
    return thread
  }
}

private protocol Work: Sendable {
  func run()
}

private final class Box: Sendable {
  let work: any Work
  init(_ work: any Work) { self.work = work }
}

private final class Queue<Item: Sendable, Value: Sendable>: Work {
  private struct State {
    var next = 0
    var results: [Result<Value, any Error>?]
  }

  private let items: [Item]
  private let work: @Sendable (Item) throws -> Value
  private let state: Mutex<State>

  init(_ items: [Item], _ work: @escaping @Sendable (Item) throws -> Value) {
    self.items = items
    self.work = work
    state = Mutex(State(results: Array(repeating: nil, count: items.count)))
  }

  func run() {
    while let index = take() {
      let result = Result { try work(items[index]) }
      state.withLock { $0.results[index] = result }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.next < items.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  var results: [Result<Value, any Error>] { state.withLock { $0.results.compactMap(\.self) } }
}
