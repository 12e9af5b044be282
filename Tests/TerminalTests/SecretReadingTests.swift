import Terminal
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite("Secrets from a descriptor")
struct SecretReadingTests {
  private func secret(from descriptor: Int32, capacity: Int = 8) throws -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    defer { buffer.deallocate() }
    return Array(buffer.prefix(try readSecret(from: descriptor, into: buffer)))
  }

  @Test(
    "a line is read to its end",
    arguments: [
      ("abc\n", "abc"), ("abc", "abc"), ("abc\r\n", "abc"), ("a b\r", "a b\r"),
      ("12345678", "12345678"), ("12345678\n", "12345678"), ("1234567\r\n", "1234567"),
    ])
  func lineIsRead(given: String, expected: String) throws {
    let pipe = try Pipe(holding: Array(given.utf8))
    #expect(try secret(from: pipe.reading) == Array(expected.utf8))
  }

  @Test("bytes that are no text are read as they are")
  func anyByteIsRead() throws {
    let bytes: [UInt8] = [0x00, 0xFF, 0x80, 0x0D, 0x20]
    let pipe = try Pipe(holding: bytes)
    #expect(try secret(from: pipe.reading) == bytes)
  }

  @Test("one line is taken and the next left where it is")
  func nextLineIsLeft() throws {
    let pipe = try Pipe(holding: Array("first\nsecond\n\nthird".utf8))
    #expect(try secret(from: pipe.reading) == Array("first".utf8))
    #expect(try secret(from: pipe.reading) == Array("second".utf8))
    #expect(throws: TerminalError.empty) { try secret(from: pipe.reading) }
    #expect(try secret(from: pipe.reading) == Array("third".utf8))
    #expect(throws: TerminalError.empty) { try secret(from: pipe.reading) }
  }

  @Test("a line that is too long is passed over whole, and the buffer zeroed")
  func longLineIsRefused() throws {
    let pipe = try Pipe(holding: Array("123456789\nnext\n".utf8))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
    defer { buffer.deallocate() }
    #expect(throws: TerminalError.tooLong(limit: 8)) {
      try readSecret(from: pipe.reading, into: buffer)
    }
    #expect(buffer.allSatisfy { $0 == 0 })
    #expect(try secret(from: pipe.reading) == Array("next".utf8))
  }

  @Test("what is beyond the secret in the buffer is left alone, its newline too")
  func newlineIsNotLeftBehind() throws {
    let pipe = try Pipe(holding: Array("ab\r\n".utf8))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 6, alignment: 1)
    defer { buffer.deallocate() }
    _ = buffer.initializeMemory(as: UInt8.self, repeating: 7)
    #expect(try readSecret(from: pipe.reading, into: buffer) == 2)
    #expect(Array(buffer) == [0x61, 0x62, 0, 0, 7, 7])
  }

  @Test("a descriptor that is not open is an error of the system")
  func closedDescriptorIsRefused() {
    #expect(throws: TerminalError.system(EBADF)) { try secret(from: 9999) }
  }

  @Test("a descriptor that does not block is waited for")
  func nonBlockingIsWaitedFor() throws {
    let pipe = try Pipe()
    let descriptor = pipe.reading
    try #require(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    let secret = Answer { try self.secret(from: descriptor) }
    usleep(50_000)
    try #require(write(pipe.writing, "late\n", 5) == 5)
    #expect(try secret.value == Array("late".utf8))
  }
}
