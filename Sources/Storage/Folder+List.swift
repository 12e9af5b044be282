import CPlatform
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Folder {
  /// Lists a folder; "" is the root. A folder that is not there lists as empty.
  ///
  /// Stops after `limit` names and says so (FORMAT.md §2). Throws `.notRegular` if a link or a file
  /// stands there, `.badName`, or `.list` with what the system says.
  package func list(_ folder: String, limit: Int = Folder.usualLimit) throws(StorageError)
    -> Listing
  {
    if let shelf = try takeAhead(folder, limit) { return shelf.listing }
    do throws(StorageError) {
      return try names(of: openToList(folder), folder, limit)
    } catch {
      if error.isMissing { return Listing(entries: [], truncated: false) }
      throw error
    }
  }

  func openToList(_ folder: String) throws(StorageError) -> Descriptor {
    let place = try RelativePath(folder, for: .list, orRoot: true)
    let flags = O_RDONLY | O_DIRECTORY
    do throws(Errno) {
      // A descriptor of its own even for the root: reading a folder moves its position.
      if folder.isEmpty {
        return Descriptor(try call { unsafe cp_open_at(root.raw, ".", flags | O_CLOEXEC, 0) })
      }
      return try openBeneath(root, place, flags, faults)
    } catch {
      throw .opening(folder, error, .list)
    }
  }

  func names(
    of descriptor: consuming Descriptor, _ folder: String, _ limit: Int
  ) throws(StorageError) -> Listing {
    let raw = descriptor.raw
    guard let stream = unsafe fdopendir(raw) else {
      throw StorageError(errno: Errno(rawValue: errno), operation: .list, path: folder)
    }
    _ = descriptor.release()
    defer { unsafe _ = closedir(stream) }

    var entries: [Listing.Entry] = []
    var name: UnsafePointer<CChar>?
    var length = 0
    var kind: Int32 = 0
    while try call(.list, folder, { unsafe cp_next_entry(stream, &name, &length, &kind) }) == 1 {
      guard entries.count < limit else { return Listing(entries: entries, truncated: true) }
      let bytes = unsafe UnsafeRawBufferPointer(start: name, count: length)
      unsafe entries.append(Listing.Entry(bytes, Listing.Kind(kind, name, in: raw)))
    }
    return Listing(entries: entries, truncated: false)
  }
}

extension Listing.Kind {
  /// Asks the file system once more where the listing itself does not say.
  fileprivate init(_ kind: Int32, _ name: UnsafePointer<CChar>?, in folder: Int32) {
    var kind = kind
    if kind == Int32(CP_UNKNOWN.rawValue) {
      var facts = cp_facts()
      kind =
        unsafe cp_facts_at(folder, name, &facts) == 0 ? facts.kind : Int32(CP_OTHER.rawValue)
    }
    switch kind {
    case Int32(CP_REGULAR.rawValue): self = .file
    case Int32(CP_FOLDER.rawValue): self = .folder
    default: self = .other
    }
  }
}
