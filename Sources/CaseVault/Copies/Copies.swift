internal import Storage
internal import Synchronization
internal import VaultFormat

/// This computer's copies, by name, of the files of a vault that an unlock reads
/// (FORMAT §12.1): so that an unlock fetches only what is new, and notices what
/// has vanished.
///
/// Nothing is believed because it is a copy: each is checked as a file of the
/// share is, and none opens anything by itself.
final class Copies: Sendable {
  private struct State {
    var findings: [Finding] = []
    var vanished = 0
  }

  private let state: Folder
  private let root: String
  private let noted = Mutex(State())

  /// More copies than this of one folder are not kept.
  private static let maximumCount = 20_000

  init(in home: Home, of vault: Identifier) {
    state = home.state
    root = home.copiesPath(of: vault)
  }

  /// The names that there are copies of.
  func names(in path: String) -> [String] {
    entries(in: path).filter { $0.kind == .file }.compactMap(\.name)
      .filter { !$0.hasPrefix(".") }
  }

  /// The folders below one that there are copies of files of.
  func folders(in path: String) -> [String] {
    entries(in: path).filter { $0.kind == .folder }.compactMap(\.name)
  }

  private func entries(in path: String) -> [Listing.Entry] {
    (try? state.list("\(root)/\(path)", limit: 2 * Self.maximumCount).entries) ?? []
  }

  /// The copies of a folder, in no order, each read by itself; unreadable ones are left out.
  func read(
    in path: String, atMost limit: Int, where isWanted: (String) -> Bool
  ) -> [String: [UInt8]] {
    guard
      let shelf = try? state.shelf("\(root)/\(path)", limit: 2 * Self.maximumCount)
    else { return [:] }
    var copies: [String: [UInt8]] = [:]
    for entry in shelf.listing.entries where entry.kind == .file {
      guard let name = entry.name, !name.hasPrefix("."), isWanted(name),
        let bytes = try? shelf.read(name, atMost: limit)
      else { continue }
      copies[name] = bytes
    }
    return copies
  }

  /// Keeps files that have verified. A home that is full is no reason to stop.
  func keep(_ files: [(name: String, bytes: [UInt8])], in path: String) {
    guard !files.isEmpty else { return }
    // Anybody can plant grants by the thousand: what is signed comes first, and is kept
    // whatever else there is.
    let room = max(0, Self.maximumCount - names(in: path).count)
    let kept =
      files.filter { $0.bytes.count != Grant.size }
      + files.filter { $0.bytes.count == Grant.size }.prefix(room)
    if kept.count < files.count {
      note(Finding(.stale, path, "has more grants than this computer keeps copies of"))
    }
    let files = kept
    do throws(StorageError) {
      try state.replace(files, in: "\(root)/\(path)")
    } catch {
      note(Finding(.stale, path, "this computer could not keep copies of what it saw there"))
    }
  }

  /// Forgets copies of what was replaced, or never was the vault's.
  func drop(_ names: [String], in path: String) {
    guard !names.isEmpty else { return }
    try? state.remove(names, in: "\(root)/\(path)")
  }

  /// What was noticed about the copies, and the summary where much has vanished.
  var findings: [Finding] {
    noted.withLock { $0.findings } + [summary].compactMap(\.self)
  }

  func note(_ finding: Finding) {
    noted.withLock { $0.findings.append(finding) }
  }

  /// Counts a file that the share no longer shows.
  func noteVanished(_ path: String, isBack: Bool) {
    noted.withLock { noted in
      noted.vanished += 1
      noted.findings.append(
        Finding(
          .missing, path,
          isBack
            ? "had vanished from the vault and was put back"
            : "had vanished from the vault and could not be put back"))
    }
  }

  /// How many files had vanished.
  var vanished: Int { noted.withLock { $0.vanished } }

  private var summary: Finding? {
    guard vanished > 1 else { return nil }
    return Finding(.missing, VaultDescriptor.fileName, VaultError.rolledBack(vanished).message)
  }
}

extension Home {
  func copiesPath(of vault: Identifier) -> String { "\(vault.text)/copies" }
}

extension VaultError {
  /// What it means that files are gone which were there before.
  static func rolledBack(_ count: Int) -> VaultError {
    VaultError(
      .damaged,
      "the vault was rolled back: \(count) files that this computer has seen were missing",
      hint: "a vault that was put back from a backup copy on purpose looks the same: "
        + "ask whoever keeps the folder")
  }
}
