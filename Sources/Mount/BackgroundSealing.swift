internal import CaseVault
internal import Dispatch
internal import Sealing

/// Blocks of a file that are sealed while the program that writes it goes on.
final class BackgroundSealing: @unchecked Sendable {
  private static let queue = DispatchQueue(
    label: "casevault.sealing", qos: .userInitiated, attributes: .concurrent)

  private let done = DispatchSemaphore(value: 0)
  private var failure: (any Error)?
  let parts: [LockedBlocks.Block]

  /// - Parameter stream: used by nobody else before ``finish()`` has returned.
  init(_ parts: [LockedBlocks.Block], into stream: RecordStream) {
    self.parts = parts
    nonisolated(unsafe) let stream = stream
    Self.queue.async {
      do {
        try withExtendedLifetime(parts) {
          try stream.seal(parts.map { UnsafeRawBufferPointer($0.bytes) })
        }
      } catch {
        self.failure = error
      }
      self.done.signal()
    }
  }

  /// Waits for the end.
  func finish() throws {
    done.wait()
    if let failure { throw failure }
  }
}
