#if os(Linux)
  internal import Glibc

  extension Computer {
    /// The least that keys need, in bytes.
    private static let leastLockedMemory = 8 << 20

    /// What serves where nothing can be mounted.
    private static let instead =
      "; until then `casevault case list`, `show`, `get` and `note add` serve instead"

    static func mounting() -> [Diagnosis] { [fuse(), fusermount()] }

    private static func fuse() -> Diagnosis {
      let path = "/dev/fuse"
      // Opened, not asked for: a container may show the device and refuse it.
      let device = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
      guard device < 0 else {
        close(device)
        return .fine("fuse", "there, and this user may use it", at: path)
      }
      return errno == ENOENT
        ? .wrong(
          "fuse", "not there: nothing can be mounted", at: path,
          hint: "load the module fuse (modprobe fuse)" + instead)
        : .wrong(
          "fuse", "this user may not use it: \(Places.reason(errno))", at: path,
          hint: "ask for the right to read and write it (usually mode 0666)" + instead)
    }

    private static func fusermount() -> Diagnosis {
      let usual = "/usr/bin/fusermount3"
      if let path = installed("fusermount3") ?? (access(usual, X_OK) == 0 ? usual : nil) {
        return .fine("fusermount3", "installed", at: path)
      }
      return .wrong(
        "fusermount3", "not installed: nothing can be mounted",
        hint: "apt install fuse3" + instead)
    }

    static func memory() -> [Diagnosis] {
      let limit = systemText("/proc/self/limits").flatMap(lockedMemory(in:))
      guard let limit else {
        return [
          .wrong(
            "locked memory", "its limit cannot be read",
            hint: "`ulimit -l` should say 8192 or more, or unlimited")
        ]
      }
      guard limit >= leastLockedMemory else {
        return [
          .wrong(
            "locked memory", "limited to \(limit >> 10) KiB: keys may not fit",
            hint: "raise it to 8192 KiB or more (`ulimit -l`, or memlock in "
              + "/etc/security/limits.conf)")
        ]
      }
      return [.fine("locked memory", limit == .max ? "no limit" : "up to \(limit >> 10) KiB")]
    }

    /// The soft limit in the text of /proc/self/limits, in bytes; `Int.max` for none.
    package static func lockedMemory(in limits: String) -> Int? {
      let name = "Max locked memory"
      guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
        let soft = line.dropFirst(name.count).split(separator: " ").first
      else { return nil }
      return soft == "unlimited" ? .max : Int(soft)
    }

    static func swap() -> [Diagnosis] {
      let open = SwapSpace.all(in: systemText("/proc/swaps") ?? "").filter { !$0.isSafe() }
      if open.isEmpty { return [.fine("swap", "none that is kept in clear")] }
      return open.map { space in
        .wrong(
          "swap", "cannot be seen to be encrypted: words of cases may be written to it",
          at: space.path, hint: "encrypt it (dm-crypt), use zram, or turn it off (swapoff)")
      }
    }
  }
#endif
