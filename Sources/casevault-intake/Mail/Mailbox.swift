#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The messages of a document: all of an mbox, or the one of an `.eml`.
///
/// An mbox is split here rather than by GMime, which takes every line that starts with "From " for
/// the start of a message: here such a line must also tell when the message came, as RFC 4155 has
/// it, so that a sentence does not cut a letter in two. `>From ` is left as it stands, and the
/// blank line before a "From " line belongs to the mbox, not to the message. Memory is bounded by
/// one window, whatever the size of the mbox.
struct Mailbox {
  private static let separator = Array("From ".utf8)
  private static let windowSize = 1 << 18
  /// The longest "From " line that is looked at.
  private static let lineLimit = 1_024

  private let document: Document
  private let isMbox: Bool
  private var position: Int64

  /// - Parameter start: Where to begin: 0, or the ``MessageSlice/marker`` of a message.
  init(_ document: Document, from start: Int64 = 0) throws {
    self.document = document
    position = start
    isMbox = try Self.beginsMbox(document.bytes(at: 0, count: Self.lineLimit))
  }

  /// Whether the document begins with a "From " line, which `From : somebody` is not: that is how
  /// RFC 822 allowed a header to be written.
  private static func beginsMbox(_ head: [UInt8]) -> Bool {
    let blanks = Array(" \t".utf8)
    return head.starts(with: separator)
      && head.dropFirst(separator.count).first { !blanks.contains($0) } != UInt8(ascii: ":")
  }

  /// Returns the next message, or `nil` after the last.
  mutating func next() throws -> MessageSlice? {
    guard position < document.size else { return nil }
    let marker = position
    guard isMbox else {
      position = document.size
      return MessageSlice(marker: marker, bytes: marker..<document.size, isInMbox: false)
    }
    let start = try endOfLine(at: marker)
    position = try toldMarker(from: start) ?? nextMarker(from: start)
    let end = try endWithoutBlankLine(start: start, end: position)
    return MessageSlice(marker: marker, bytes: start..<end, isInMbox: true)
  }

  private func endOfLine(at offset: Int64) throws -> Int64 {
    var offset = offset
    while offset < document.size {
      let window = try document.bytes(at: offset, count: Self.windowSize)
      if let newline = window.firstIndex(of: UInt8(ascii: "\n")) {
        return offset + Int64(newline) + 1
      }
      offset += Int64(max(window.count, 1))
    }
    return document.size
  }

  /// Where the next message begins according to the Content-Length of this one (mboxcl), if one
  /// does begin there: it may hold "From " lines of its own.
  private func toldMarker(from start: Int64) throws -> Int64? {
    if try isMarker(at: start) { return nil }
    let headers = try HeaderBlock(of: start..<document.size, in: document)
    guard
      let length = headers.value("Content-Length").flatMap({ Int64($0.filter { $0 != " " }) }),
      length >= 0, length <= document.size
    else { return nil }
    let end = start + Int64(headers.bytes.count) + length
    for blank in 0...2 {
      let marker = end + Int64(blank)
      if marker == document.size { return marker }
      guard marker < document.size else { return nil }
      let isLineStart = try document.bytes(at: marker - 1, count: 1) == [UInt8(ascii: "\n")]
      if isLineStart, try isMarker(at: marker) { return marker }
    }
    return nil
  }

  private func nextMarker(from start: Int64) throws -> Int64 {
    if try isMarker(at: start) { return start }
    var offset = start
    while offset < document.size {
      let window = try document.bytes(at: offset, count: Self.windowSize)
      guard !window.isEmpty else { break }
      var from = 0
      while let line = lineStart(in: window, from: from) {
        // The line may go on in the next window.
        if mayBegin(window[line...]), try isMarker(at: offset + Int64(line)) {
          return offset + Int64(line)
        }
        from = line
      }
      offset += Int64(window.count)
    }
    return document.size
  }

  /// The place after the next newline, which may be the end of the window.
  private func lineStart(in window: [UInt8], from: Int) -> Int? {
    window.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, from < bytes.count,
        let newline = memchr(base + from, Int32(UInt8(ascii: "\n")), bytes.count - from)
      else { return nil }
      return UnsafeRawPointer(newline) - base + 1
    }
  }

  /// Whether what is there of a line does not yet differ from a "From " line.
  private func mayBegin(_ line: ArraySlice<UInt8>) -> Bool {
    line.prefix(Self.separator.count).elementsEqual(Self.separator.prefix(line.count))
  }

  private func isMarker(at offset: Int64) throws -> Bool {
    let line = try document.bytes(at: offset, count: Self.lineLimit)
      .prefix { $0 != UInt8(ascii: "\n") }
    return line.starts(with: Self.separator)
      && tellsArrival(String(decoding: line.dropFirst(Self.separator.count), as: UTF8.self))
  }

  private func endWithoutBlankLine(start: Int64, end: Int64) throws -> Int64 {
    let tail = try document.bytes(at: max(start, end - 3), count: Int(min(3, end - start)))
    for blank in ["\n\r\n", "\n\n"] where tail.reversed().starts(with: blank.utf8.reversed()) {
      return end - Int64(blank.utf8.count - 1)
    }
    return tail == Array("\n".utf8) || tail == Array("\r\n".utf8) ? start : end
  }
}

/// Whether the rest of a "From " line holds a weekday, a month, a time and a year.
private func tellsArrival(_ rest: String) -> Bool {
  let words = rest.split(whereSeparator: \.isWhitespace)
  let weekdays: Set<Substring> = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  let months: Set<Substring> = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  let isTime = { (word: Substring) in
    word.contains(":") && word.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ":") }
  }
  let isYear = { (word: Substring) in
    word.count == 4 && ("1970"..."2999").contains(word) && Int(word) != nil
  }
  return words.contains { weekdays.contains($0.prefix(3)) && $0.count <= 4 }
    && words.contains(where: months.contains)
    && words.contains(where: isTime) && words.contains(where: isYear)
}
