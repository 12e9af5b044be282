#if canImport(Darwin)
  internal import Darwin

  extension MountPoint {
    /// The mounts that this process sees (getmntinfo(3)).
    package static func mounted() -> [Mounted] {
      var list: UnsafeMutablePointer<statfs>?
      let count = getmntinfo(&list, MNT_NOWAIT)
      guard let list, count > 0 else { return [] }
      func text<Value>(_ value: Value) -> String {
        withUnsafeBytes(of: value) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      }
      return (0..<Int(count)).map { index in
        Mounted(
          path: text(list[index].f_mntonname),
          isCasevault: text(list[index].f_mntfromname).hasPrefix("casevault"))
      }
    }

    /// Takes a mount away, whoever uses it.
    package static func detach(_ path: String) -> Bool { Darwin.unmount(path, MNT_FORCE) == 0 }

    /// Cuts a mount off from whoever waits for it.
    static func abort(_ path: String) -> Bool { detach(path) }

    /// Unmounts; false while somebody uses it, or without the right to.
    package static func unmount(_ path: String) -> Bool { Darwin.unmount(path, 0) == 0 }
  }
#endif
