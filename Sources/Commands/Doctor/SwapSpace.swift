internal import Storage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A place to which this computer may write what is in memory.
package struct SwapSpace {
  package let path: String
  private let isFile: Bool
  /// How many devices may lie on top of each other, as LVM on dm-crypt on RAID does.
  private static let deepest = 8

  /// The swap spaces in the text of /proc/swaps.
  package static func all(in table: String) -> [SwapSpace] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = systemFields(line)
      guard fields.count >= 2 else { return nil }
      return SwapSpace(path: fields[0], isFile: fields[1] == "file")
    }
  }

  /// Whether it is in memory (zram) or can be seen to lie on dm-crypt.
  ///
  /// - Parameter system: where the kernel shows its devices.
  package func isSafe(system: String = "/sys") -> Bool {
    if isFile {
      return Self.number(of: path).map { Self.isEncrypted("\(system)/dev/block/\($0)") } ?? false
    }
    let device = Places.resolved(path) ?? path
    let name = device.split(separator: "/").last ?? ""
    if name.hasPrefix("zram") { return true }
    return Self.isEncrypted("\(system)/class/block/\(name)")
  }

  /// Whether a device is dm-crypt's, or lies on such devices only.
  private static func isEncrypted(_ device: String, depth: Int = 0) -> Bool {
    if systemText("\(device)/dm/uuid")?.hasPrefix("CRYPT-") == true { return true }
    guard depth < deepest, let folder = try? Folder("\(device)/slaves"),
      let below = try? folder.list("").entries.compactMap(\.name), !below.isEmpty
    else { return false }
    return below.allSatisfy { isEncrypted("\(device)/slaves/\($0)", depth: depth + 1) }
  }

  /// The number of the device that a file lies on, as /sys/dev/block spells it.
  private static func number(of file: String) -> String? {
    var status = stat()
    guard lstat(file, &status) == 0 else { return nil }
    // As gnu_dev_major and gnu_dev_minor take it apart.
    let device = UInt64(truncatingIfNeeded: status.st_dev)
    let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
    let minor = device & 0xff | (device >> 12) & 0xffff_ff00
    return "\(major):\(minor)"
  }
}
