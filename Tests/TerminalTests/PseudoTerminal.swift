import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A terminal without a screen, at whose keyboard the test sits.
struct PseudoTerminal: ~Copyable {
  let master: Int32
  /// Kept open, so that the terminal outlives each prompt and can be asked for its modes.
  let line: Int32
  let path: String

  init(columns: UInt16 = 80) throws {
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    var (master, line): (Int32, Int32) = (-1, -1)
    try #require(openpty(&master, &line, nil, nil, &size) == 0)
    path = String(cString: try #require(ttyname(line)))
    self.master = master
    self.line = line
  }

  deinit {
    close(line)
    close(master)
  }

  enum Echo {
    case on
    case off
  }

  /// Whether what is typed would be shown.
  var echo: Echo {
    var modes = termios()
    return tcgetattr(line, &modes) == 0 && modes.c_lflag & tcflag_t(ECHO) != 0 ? .on : .off
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(write(master, bytes, bytes.count) == bytes.count)
  }

  /// What the screen shows, read until it holds a text, or for a minute.
  func screen(until expected: String) -> String {
    var shown: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1024)
    while !String(decoding: shown, as: UTF8.self).contains(expected) {
      var request = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 60_000) > 0 else { break }
      let count = read(master, &chunk, chunk.count)
      guard count > 0 else { break }
      shown += chunk.prefix(count)
    }
    return String(decoding: shown, as: UTF8.self)
  }
}
