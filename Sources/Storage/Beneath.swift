import CPlatform
import Synchronization
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Whether the kernel has openat2; false from the first time it says no. Both ways are safe, so it
/// does no harm if a file system of the other side says so.
private let kernelOpensBeneath = Atomic<Bool>(true)

/// Opens a path beneath a folder through no symbolic link: in one call where the kernel can, else
/// part by part, each with O_NOFOLLOW.
func openBeneath(
  _ root: OpenFolder, _ place: RelativePath, _ flags: Int32, _ faults: Faults?
) throws(Errno) -> Descriptor {
  let flags = flags | O_NOFOLLOW | O_CLOEXEC
  let lacking = faults?.lacks(.openBeneath) ?? false
  if !lacking && kernelOpensBeneath.load(ordering: .relaxed) {
    do throws(Errno) {
      return Descriptor(try call { unsafe cp_open_beneath(root.raw, place.text, flags, 0) })
    } catch {
      // Some sandboxes answer EPERM to calls they do not know.
      guard error == .noFunction || error == .notPermitted else { throw error }
      if error == .noFunction { kernelOpensBeneath.store(false, ordering: .relaxed) }
    }
  }
  return try openPartByPart(root, place, flags)
}

private func openPartByPart(
  _ root: OpenFolder, _ place: RelativePath, _ flags: Int32
) throws(Errno) -> Descriptor {
  let through = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
  var parts = place.parts[...]
  guard let last = parts.popLast() else { throw .invalidArgument }
  guard let first = parts.popFirst() else {
    return Descriptor(try call { unsafe cp_open_at(root.raw, String(last), flags, 0) })
  }
  var folder = Descriptor(try call { unsafe cp_open_at(root.raw, String(first), through, 0) })
  for part in parts {
    let raw = folder.raw
    folder = Descriptor(try call { unsafe cp_open_at(raw, String(part), through, 0) })
  }
  let raw = folder.raw
  return Descriptor(try call { unsafe cp_open_at(raw, String(last), flags, 0) })
}

/// Opens a folder; one that may be written but not listed (a letter box) too, where the system can.
func openFolder(
  _ place: RelativePath, beneath root: OpenFolder, _ faults: Faults?
) throws(Errno) -> Descriptor {
  do throws(Errno) {
    return try openBeneath(root, place, O_RDONLY | O_DIRECTORY, faults)
  } catch {
    guard error == .permissionDenied, cp_search_only_flag() != 0 else { throw error }
    return try openBeneath(root, place, cp_search_only_flag() | O_DIRECTORY, faults)
  }
}

/// Opens a file to read, regular or not: never waiting for a pipe, never taking a terminal.
func openFile(
  _ place: RelativePath, beneath root: OpenFolder, _ faults: Faults?
) throws(StorageError) -> Descriptor {
  do throws(Errno) {
    return try openBeneath(root, place, O_RDONLY | O_NONBLOCK | O_NOCTTY, faults)
  } catch {
    throw .opening(place.text, error)
  }
}
