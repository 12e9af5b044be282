internal import Dispatch
internal import Sealing
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Work on the chunks of one record, side by side: each chunk is sealed, opened
/// and hashed by itself, so two cores do twice as much.
enum Lanes {
  /// More lanes than this gain nothing: the disk is the limit by then.
  private static let most = 4
  private static let cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Runs `work` once for each index, in no order, and returns when all are done.
  ///
  /// - Throws: of the errors that `work` threw, the one of the lowest index.
  static func forEach(
    _ indices: Range<Int>, _ work: @Sendable (Int) throws -> Void
  ) throws {
    let lanes = min(most, cores, indices.count)
    guard lanes > 1 else {
      for index in indices { try work(index) }
      return
    }
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: lanes) { lane in
      for index in stride(from: indices.lowerBound + lane, to: indices.upperBound, by: lanes) {
        do {
          try work(index)
        } catch {
          failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
          return
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }
}

/// Memory that several lanes share, each its own part of it.
struct Shared: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  /// The part of `count` bytes at `offset`.
  func part(_ offset: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }
}

/// A cipher that several lanes use at once.
final class SharedCipher: Sendable {
  let cipher: ChunkCipher
  init(_ cipher: consuming ChunkCipher) { self.cipher = cipher }
}
