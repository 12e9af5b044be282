internal import CaseVault

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Recognises the names of files and cases of a mount, in what other programs keep.
struct Traces {
  /// What a path of a file on a mount begins with, a slash at its end.
  private let beginnings: [[UInt8]]
  /// The folders that a mount has at its top; they name nobody.
  private static let tops = ["Open", "Closed"].map { Array($0.utf8) }
  /// How many bytes belong together: pieces of a file that overlap by as many hide nothing.
  let reach: Int

  /// - Parameters:
  ///   - mounts: absolute paths.
  ///   - homes: the person's home, in each spelling; programs shorten it to `~`.
  ///   - user: the person's name here, for `~name`.
  init(mounts: [String], homes: [String], user: String?) {
    let short = ["~", "$HOME", "${HOME}"] + (user.map { ["~\($0)"] } ?? [])
    let spellings = mounts.flatMap { mount in
      [mount]
        + homes.filter { mount.hasPrefix($0 + "/") }.flatMap { home in
          (short + homes).map { $0 + mount.dropFirst(home.count) }
        }
    }
    beginnings = distinct(spellings.flatMap(Self.inXML)).map { Array(($0 + "/").utf8) }
    reach = ((beginnings.map(\.count).max() ?? 0) + 64) * Respelling.longest
  }

  private static func inXML(_ path: String) -> [String] {
    let amp = path.replacing("&", with: "&amp;")
    return [path, amp, amp.replacing("'", with: "&apos;")]
  }

  /// What stands in a piece of a file that names something of a mount; nil for nothing.
  ///
  /// - Parameter isIndex: whether names stand there without the folders above them.
  func reason(in piece: [UInt8], isIndex: Bool = false) -> String? {
    for reading in Respelling.readings(of: piece) {
      if namesFile(reading) { return "names files of a mount" }
      if namesCase(reading, anywhere: isIndex) { return "names the folder of a case" }
    }
    return nil
  }

  /// Whether a file's own name is made of the path of a file on a mount.
  func isNamedAfter(_ name: [UInt8]) -> Bool {
    Respelling.readings(ofName: name).contains { namesFile($0) || namesCase($0, anywhere: false) }
  }

  private func namesFile(_ bytes: [UInt8]) -> Bool {
    beginnings.contains { beginning in
      places(of: beginning, in: bytes).contains { namesSomething(bytes[($0 + beginning.count)...]) }
    }
  }

  /// Whether what follows the path of a mount is more than its top: that says nothing.
  private func namesSomething(_ rest: ArraySlice<UInt8>) -> Bool {
    let slash = UInt8(ascii: "/")
    var rest = rest.drop { $0 == slash }
    for top in Self.tops where rest.starts(with: top) {
      let below = rest.dropFirst(top.count)
      guard let next = below.first, !Self.ends(next) else { return false }
      if next == slash { rest = below.drop { $0 == slash } }
    }
    guard let next = rest.first else { return false }
    return !Self.ends(next)
  }

  /// Whether a byte ends a path where nothing quotes it.
  private static func ends(_ byte: UInt8) -> Bool {
    byte <= UInt8(ascii: " ") || "\"'`<>();&|".utf8.contains(byte)
  }

  /// Whether the folder of a case is named, whatever the mount was: `Open/7K3Q-M2XD Zoë`.
  private func namesCase(_ bytes: [UInt8], anywhere: Bool) -> Bool {
    if anywhere {
      return places(of: [UInt8(ascii: "-")], in: bytes).contains {
        Self.isCaseFolder(bytes, at: $0 - 4)
      }
    }
    return Self.tops.contains { top in
      places(of: top + [UInt8(ascii: "/")], in: bytes).contains {
        Self.isCaseFolder(bytes, at: $0 + top.count + 1)
      }
    }
  }

  /// Whether a whole reference with a blank behind it stands there.
  static func isCaseFolder(_ bytes: [UInt8], at start: Int) -> Bool {
    guard start >= 0, start + 10 < bytes.count, bytes[start + 9] == UInt8(ascii: " ") else {
      return false
    }
    return Reference(String(decoding: bytes[start..<start + 9], as: UTF8.self)) != nil
  }

  /// Where a word begins, one place after the other.
  private func places(of word: [UInt8], in bytes: [UInt8]) -> some Sequence<Int> {
    sequence(state: 0) { from -> Int? in
      bytes.withUnsafeBytes { all in
        guard let base = all.baseAddress, let first = word.first else { return nil }
        // memchr goes through what has no such byte many times faster than a loop.
        while from + word.count <= all.count,
          let found = memchr(base + from, Int32(first), all.count - word.count + 1 - from)
        {
          let place = base.distance(to: UnsafeRawPointer(found))
          from = place + 1
          if memcmp(found, word, word.count) == 0 { return place }
        }
        return nil
      }
    }
  }
}
