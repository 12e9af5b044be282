internal import CPlatform
internal import CaseVault
internal import Sealing
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Messages over a connected socket: a length, a flag for a key, the body, the key.
///
/// A key goes from locked memory into the socket and out of it into locked memory.
final class Channel: @unchecked Sendable {
  /// Why a message did not come.
  enum Failure: Error {
    /// The other end is gone, or the socket failed.
    case ended
    /// Half a message, and no more within the time.
    case late
    /// Longer than it may be, or not of the form.
    case malformed
  }

  /// Seconds for the rest of a message whose first byte has come.
  private static let patience = 10

  private let descriptor: Int32
  private let isBroken = Atomic(false)

  /// - Parameter seconds: how long the other end may take over what it is sent; for
  ///   ever unless given.
  init(_ descriptor: Int32, sendingWithin seconds: Int? = nil) {
    self.descriptor = descriptor
    guard let seconds else { return }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Sends one message.
  func send(_ body: [UInt8], key: LentKey? = nil) throws(Failure) {
    var head: [UInt8] = []
    withUnsafeBytes(of: UInt32(body.count).littleEndian) { head += $0 }
    head.append(key == nil ? 0 : 1)
    try send(head + body)
    guard let key else { return }
    try key.key.withBytes { (bytes) throws(Failure) in try send(bytes) }
  }

  private func send(_ bytes: [UInt8]) throws(Failure) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(Failure) in try send(bytes) }
    }
    try result.get()
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var done = 0
    guard !isBroken.load(ordering: .acquiring) else { throw .ended }
    while done < bytes.count {
      let count = Self.send(
        descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 {
        if errno == EINTR { continue }
        // Half a message may be out: nothing that follows would make sense.
        isBroken.store(true, ordering: .releasing)
        throw .ended
      }
      done += count
    }
  }

  private static func send(_ fd: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.send(fd, bytes, count, Int32(MSG_NOSIGNAL))
    #else
      Darwin.send(fd, bytes, count, 0)
    #endif
  }

  /// Waits for one message.
  ///
  /// - Parameters:
  ///   - limit: the most that its body may have, in bytes.
  ///   - seconds: how long to wait for its first byte; nil for ever.
  func receive(
    atMost limit: Int, within seconds: Int? = nil
  ) throws -> (body: [UInt8], key: LentKey?) {
    try wait(seconds)
    let head = try take(5)
    let length = head[..<4].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard length <= limit, head[4] < 2 else { throw Failure.malformed }
    let body = try take(length)
    guard head[4] == 1 else { return (body, nil) }
    let key = try SecretKey.filled { (buffer) throws(Failure) in try take(into: buffer) }
    return (body, LentKey(key))
  }

  /// Reads as it comes: memory is taken for what arrives, not for what was announced.
  private func take(_ count: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let step = min(count - bytes.count, 1 << 20)
      var piece = [UInt8](repeating: 0, count: step)
      let result = piece.withUnsafeMutableBytes { buffer in
        Result { () throws(Failure) in try take(into: buffer) }
      }
      try result.get()
      bytes += piece
    }
    return bytes
  }

  private func take(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    var done = 0
    while done < buffer.count {
      try wait(Self.patience, or: .late)
      let count = recv(descriptor, buffer.baseAddress! + done, buffer.count - done, 0)
      if count == 0 { throw .ended }
      if count < 0 {
        guard errno == EINTR || errno == EAGAIN else { throw .ended }
        continue
      }
      done += count
    }
  }

  /// Waits until there is something to read.
  private func wait(_ seconds: Int?, or failure: Failure = .ended) throws(Failure) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let count = poll(&entry, 1, seconds.map { Int32($0 * 1_000) } ?? -1)
      if count > 0 { return }
      if count == 0 { throw failure }
      guard errno == EINTR else { throw .ended }
    }
  }
}
