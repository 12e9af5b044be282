import CPlatform
import Synchronization
import SystemPackage

/// One batch on its way from drafts to files that count (FORMAT.md §13).
///
/// The steps go over the whole batch, one after the other, so that a journaling file system commits
/// a few times and not once for each file.
struct Publication {
  private struct Item {
    let draft: Draft
    let place: RelativePath
    let folder: OpenFolder
  }

  private let home: Folder
  private var items: [Item] = []
  /// Target folders, opened once each.
  private var folders: [String: OpenFolder] = [:]
  /// Folders above them in which one was made.
  private var madeIn: [OpenFolder] = []

  init(of home: Folder) { self.home = home }

  /// Opens the folder that the file goes to, making it if need be.
  mutating func add(_ draft: Draft, at path: String) throws(StorageError) {
    let place = try RelativePath(path, for: .rename)
    let folder = try target(place.folder)
    items.append(Item(draft: draft, place: place, folder: folder))
  }

  /// Nothing counts before this returns.
  func run() throws(StorageError) {
    for item in items { item.draft.startWriteback() }
    var written: [cp_facts] = []
    for item in items { written.append(try item.draft.finish()) }
    for (item, facts) in zip(items, written) {
      try item.draft.take(name: item.place.name, in: item.folder, facts)
    }
    try syncFolders()
    for item in items { try readBack(item) }
  }

  private mutating func target(_ path: String) throws(StorageError) -> OpenFolder {
    if let known = folders[path] { return known }
    let folder = try home.openMaking(path, mode: 0o777, madeIn: &madeIn)
    folders[path] = folder
    return folder
  }

  /// Side by side: each waits for the medium, and what one waits for the others need as well.
  private func syncFolders() throws(StorageError) {
    var done: Set<String> = []
    let all = (folders.values + madeIn).filter { done.insert($0.path).inserted }
    let faults = home.faults
    for result in SideBySide.map(all, { try $0.sync(faults) }) {
      do {
        try result.get()
      } catch let error as StorageError {
        throw error
      } catch {
        throw StorageError(errno: .ioError, operation: .sync, path: "")
      }
    }
  }

  /// Reads the file again under its name. A bad one loses it, so that a new try finds it free.
  private func readBack(_ item: Item) throws(StorageError) {
    do throws(StorageError) {
      let place = try RelativePath(item.place.name, for: .readBack)
      let descriptor = try openFile(place, beneath: item.folder, home.faults)
      let file = try StoredFile(descriptor, path: item.place.text)
      guard try item.draft.wrote(file) else { throw .changed(item.place.text, .readBack) }
    } catch {
      try? home.remove(item.place.text)
      throw StorageError(
        errno: error.errno, operation: .readBack, path: item.place.text, reason: error.reason)
    }
  }
}

extension Draft {
  /// Whether a file holds what this draft wrote, as far as it is to be read back.
  func wrote(_ file: borrowing StoredFile) throws(StorageError) -> Bool {
    let (size, kept) = state.withLock { ($0.size, $0.kept) }
    guard file.size == size else { return false }
    return try file.readUp(to: kept.count, at: 0) == kept
  }
}
