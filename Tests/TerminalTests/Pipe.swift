import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A pipe whose ends a test closes by itself where that is the point.
struct Pipe: ~Copyable {
  let reading: Int32
  private(set) var writing: Int32

  init() throws { (reading, writing) = try Self.ends() }

  /// The end that reads and the one that writes; no program that another test begins gets them.
  static func ends() throws -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  init(holding bytes: [UInt8]) throws {
    try self.init()
    let written = write(writing, bytes, bytes.count)
    endWriting()
    #expect(written == bytes.count)
  }

  deinit {
    close(reading)
    if writing >= 0 { close(writing) }
  }

  mutating func endWriting() {
    close(writing)
    writing = -1
  }

  /// Everything that was written and not read yet.
  mutating func text() -> String {
    if writing >= 0 { endWriting() }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = read(reading, &chunk, chunk.count), count > 0 {
      bytes += chunk.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
