internal import Storage

/// The folders on which this computer has had vaults mounted: what other programs keep of them is
/// looked for there. They are the person's own paths, and name no case.
package struct MountedBefore {
  private static let path = "mounts"
  private static let maximumSize = 64 << 10
  private static let maximumCount = 64

  private let home: Home

  package init(_ home: Home) { self.home = home }

  /// Absolute paths, the latest last.
  package var paths: [String] {
    guard let bytes = try? home.state.read(Self.path, atMost: Self.maximumSize) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("/") }
  }

  /// Adds a path. Where that cannot be kept, nothing is lost but a hint.
  package func add(_ path: String) {
    guard !path.contains("\n") else { return }
    let paths = (self.paths.filter { $0 != path } + [path]).suffix(Self.maximumCount)
    try? home.state.replace(Array(paths.map { $0 + "\n" }.joined().utf8), at: Self.path)
  }
}
