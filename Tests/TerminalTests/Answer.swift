import Dispatch
import Foundation
import Synchronization

/// What a thread of its own will have come to.
///
/// For calls that block while the test does its part. Neither a task nor a queue
/// of Dispatch would do: other tests that wait hold the few threads of those.
final class Answer<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let isThere = DispatchSemaphore(value: 0)

  init(_ ask: @escaping @Sendable () throws -> Value) {
    Thread.detachNewThread { [self] in
      let outcome = Result(catching: ask)
      result.withLock { $0 = outcome }
      isThere.signal()
    }
  }

  /// The answer, waited for; nobody waits longer than a minute.
  var value: Value {
    get throws {
      guard isThere.wait(timeout: .now() + 60) == .success else { throw NoAnswer() }
      isThere.signal()
      return try result.withLock { $0! }.get()
    }
  }
}

struct NoAnswer: Error {}
