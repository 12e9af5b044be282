internal import CFuse
internal import CPlatform
internal import CaseVault

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The folder that a vault is mounted on.
package enum MountPoint {
  /// What serves where nothing can be mounted.
  package static let otherCommands =
    "without a mount `casevault case list`, `show`, `get -o FILE` and `note add` do the same"

  private static let device = "/dev/fuse"
  /// The device's number: 10, 229 (Linux, Documentation/admin-guide/devices.txt).
  private static let number: dev_t = 10 << 8 | 229

  /// Says whether this computer can mount at all.
  ///
  /// - Throws: `failed`, with what to do instead.
  package static func verifyFUSE() throws {
    // A device that is not the kernel's is none.
    var facts = stat()
    guard stat(device, &facts) == 0, facts.st_mode & S_IFMT == S_IFCHR, facts.st_rdev == number
    else {
      throw VaultError(
        .failed, "this computer cannot mount: there is no \(device)",
        hint: "install fuse3, or load the kernel's fuse module; \(otherCommands)")
    }
    let descriptor = open(device, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw VaultError(
        .failed, "this computer cannot mount: \(device) is not usable: \(reason(errno))",
        hint: "its mode should be 0666; \(otherCommands)")
    }
    close(descriptor)
    guard geteuid() == 0 || helper != nil else {
      throw VaultError(
        .failed, "this computer cannot mount: there is no fusermount3",
        hint: "install fuse3; \(otherCommands)")
    }
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

  /// The program through which an ordinary user mounts and unmounts.
  package static let helper: String? = ["/usr/bin/fusermount3", "/bin/fusermount3"]
    .first { access($0, X_OK) == 0 }

  /// One line of the system's table of mounts.
  package struct Mounted: Equatable, Sendable {
    package let path: String
    package let isCasevault: Bool
  }

  /// Whether a mount whose process is gone lies there.
  package static func isDead(_ path: String) -> Bool {
    // Asked of the file system itself: what its root is the kernel remembers.
    var facts = statvfs()
    return statvfs(path, &facts) != 0 && (errno == ENOTCONN || errno == ECONNABORTED)
  }

  /// Whether a folder has nothing in it.
  package static func isEmpty(_ path: String) -> Bool {
    guard let folder = opendir(path) else { return false }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { return false }
    }
    return true
  }
}
