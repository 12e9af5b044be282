import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reading and writing that outlives signals, short writes and non-blocking descriptors.
///
/// A terminal's descriptors are shared with the shell and with whatever else it
/// runs; any of them may have made them non-blocking.
struct Descriptor: Sendable {
  let rawValue: Int32

  private var file: FileDescriptor { FileDescriptor(rawValue: rawValue) }

  var isTerminal: Bool { isatty(rawValue) == 1 }

  /// The width of the terminal in columns, or `nil` when there is none or it does not say.
  var columns: Int? {
    var size = winsize()
    guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes every byte.
  func writeAll(_ bytes: UnsafeRawBufferPointer) throws(TerminalError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = try repeating(waitingFor: POLLOUT) {
        try file.write(UnsafeRawBufferPointer(rebasing: rest))
      }
      rest = rest.dropFirst(written)
    }
  }

  func writeAll(_ text: String) throws(TerminalError) {
    var text = text
    // `withUTF8` rethrows untyped; the failure is carried around it.
    let outcome = text.withUTF8 { utf8 in
      Result { () throws(TerminalError) in try writeAll(UnsafeRawBufferPointer(utf8)) }
    }
    try outcome.get()
  }

  /// Reads one byte into place; false at the end.
  func readByte(into place: UnsafeMutableRawBufferPointer) throws(TerminalError) -> Bool {
    let single = UnsafeMutableRawBufferPointer(rebasing: place.prefix(1))
    return try repeating(waitingFor: POLLIN) { try file.read(into: single) } == 1
  }

  private func repeating(
    waitingFor readiness: Int32, _ call: () throws -> Int
  ) throws(TerminalError) -> Int {
    while true {
      do {
        return try call()
      } catch Errno.wouldBlock {
        var request = pollfd(fd: rawValue, events: Int16(readiness), revents: 0)
        // A failed poll only means that the call is tried again sooner.
        _ = poll(&request, 1, 1000)
      } catch let error as Errno {
        throw TerminalError(error)
      } catch {
        throw .system(EIO)
      }
    }
  }
}
