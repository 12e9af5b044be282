#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads one line into memory that the caller guards, and returns its length without the newline.
///
/// For `--passphrase-fd`. The line ends at a newline or at the end of the file;
/// a carriage return before the newline belongs to the ending, since no one can
/// type it. Bytes are read one by one straight to where they stay: nothing of
/// the next line is taken, so a second secret may follow on the same descriptor,
/// and no copy is left in a buffer of the library's.
///
/// - Throws: `.empty` when the line has no bytes; `.tooLong` when it does not
///   fit, after reading to its end; `.system` when reading fails. The buffer is
///   zeroed then.
package func readSecret(
  from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
) throws(TerminalError) -> Int {
  do {
    return try readLine(from: Descriptor(rawValue: descriptor), into: buffer)
  } catch {
    erase(buffer)
    throw error
  }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

private func readLine(
  from descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer
) throws(TerminalError) -> Int {
  // What does not fit is read too, here, so that the next line starts where it should.
  let surplus = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
  defer {
    erase(surplus)
    surplus.deallocate()
  }

  var count = 0
  while true {
    let fits = count < buffer.count
    let place = fits ? UnsafeMutableRawBufferPointer(rebasing: buffer[count...]) : surplus
    guard try descriptor.readByte(into: place) else { break }
    if place[0] == newline {
      place[0] = 0
      if (1...max(1, buffer.count)) ~= count, buffer[count - 1] == carriageReturn {
        count -= 1
        buffer[count] = 0
      }
      break
    }
    count += 1
  }

  guard count <= buffer.count else { throw .tooLong(limit: buffer.count) }
  guard count > 0 else { throw .empty }
  return count
}

/// Zeroes memory in a way that the compiler may not leave out.
private func erase(_ buffer: UnsafeMutableRawBufferPointer) {
  guard let start = buffer.baseAddress else { return }
  #if canImport(Darwin)
    _ = memset_s(start, buffer.count, 0, buffer.count)
  #else
    explicit_bzero(start, buffer.count)
  #endif
}
