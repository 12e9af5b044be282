#if os(Linux)
  internal import CFuse
  internal import Glibc

  extension MountPoint {
    /// The mounts that this process sees (proc(5), `/proc/self/mounts`).
    package static func mounted() -> [Mounted] {
      guard let file = fopen("/proc/self/mounts", "re") else { return [] }
      defer { fclose(file) }
      var line: UnsafeMutablePointer<CChar>?
      var size = 0
      defer { free(line) }
      var mounts: [Mounted] = []
      while getline(&line, &size, file) > 0, let line {
        let words = String(cString: line).split(separator: " ")
        guard words.count > 2 else { continue }
        mounts.append(
          Mounted(path: unescaped(words[1]), isCasevault: words[2] == "fuse.casevault"))
      }
      return mounts
    }

    /// Blanks and the like stand there as `\040`.
    private static func unescaped(_ word: Substring) -> String {
      var bytes: [UInt8] = []
      var rest = Array(word.utf8)[...]
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\"), rest.count >= 3,
          let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
        {
          bytes.append(value)
          rest = rest.dropFirst(3)
        } else {
          bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    /// Takes a mount away, whoever uses it.
    package static func detach(_ path: String) -> Bool { umount2(path, Int32(MNT_DETACH)) == 0 }

    /// Cuts a mount off from whoever waits for it: every request fails at once. Takes root.
    static func abort(_ path: String) -> Bool {
      umount2(path, Int32(MNT_FORCE) | Int32(MNT_DETACH)) == 0
    }

    /// Unmounts; false while somebody uses it, or without the right to.
    package static func unmount(_ path: String) -> Bool { umount2(path, 0) == 0 }
  }
#endif
