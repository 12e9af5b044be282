internal import Agent
internal import CFuse
internal import CaseVault
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What `stat` says. Everything here only with the mount's lock.
extension VaultMount {
  func attributes(of node: Node) -> stat {
    switch node {
    case let file as FileNode: return attributes(of: file)
    case let folder as CaseNode: return folderAttributes(node, folder.changedAt)
    case let shelf as ShelfNode: return folderAttributes(node, shelf.changedAt)
    case let versions as VersionsNode:
      return folderAttributes(node, versions.shelf?.changedAt ?? began, mode: 0o500)
    case is ListNode: return folderAttributes(node, began)
    default: return folderAttributes(node, began, mode: 0o500)
    }
  }

  private func folderAttributes(_ node: Node, _ seconds: Int, mode: mode_t = 0o700) -> stat {
    var attributes = common(node, seconds)
    attributes.st_mode = S_IFDIR | mode
    attributes.st_nlink = 2
    return attributes
  }

  private func attributes(of file: FileNode) -> stat {
    let manifest = file.record?.manifest
    let recorded =
      manifest.map { manifest in
        manifest.details["modified"]?.string.flatMap { Timestamp($0) }?.seconds
          ?? manifest.recorded.seconds
      }
    var attributes = common(file, file.modified ?? changed(file, recorded))
    let isFixed = file.isOld || file.isSummary || settings.isReadOnly
    attributes.st_mode = S_IFREG | (isFixed ? 0o400 : 0o600)
    attributes.st_nlink = file.isGone ? 0 : 1
    let length = length(of: file)
    attributes.st_size = off_t(length)
    attributes.st_blocks = blkcnt_t((length + 511) / 512)
    return attributes
  }

  private func changed(_ file: FileNode, _ recorded: Int?) -> Int {
    if file.isSummary { return file.folder?.changedAt ?? began }
    // Whatever is being made of it is newer than any record.
    if file.isUnfinished || recorded == nil { return file.changedAt }
    return recorded ?? began
  }

  private func length(of file: FileNode) -> Int {
    if file.isSummary { return summary(of: file).count }
    if file.isUnfinished { return file.length }
    return file.record?.manifest.length ?? file.length
  }

  private func common(_ node: Node, _ seconds: Int) -> stat {
    var attributes = stat()
    attributes.st_ino = ino_t(node.number)
    attributes.st_uid = user
    attributes.st_gid = group
    attributes.st_blksize = blksize_t(RecordLayout.chunkSize)
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    attributes.st_atim = time
    attributes.st_mtim = time
    attributes.st_ctim = time
    return attributes
  }

  /// The summary page of a case as its folder shows it. Only after a visit.
  func summary(of file: FileNode) -> [UInt8] {
    guard let folder = file.folder, let view = folder.view else { return [] }
    let state = view.entries.count
    if let page = file.page, page.stamp == folder.stamp ?? ~state { return page.bytes }
    let bytes = Array(SummaryPage.html(of: view, folder, members: welcome.members).utf8)
    file.page = (folder.stamp ?? ~state, bytes)
    return bytes
  }
}
