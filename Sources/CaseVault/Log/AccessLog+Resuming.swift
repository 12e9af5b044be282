internal import Sealing
internal import Storage
internal import VaultFormat

/// Where a device's log stands when a process opens it: what earlier processes left in the home, and
/// what the vault has.
struct LogResumption {
  private(set) var shipped: ShippedLog
  private(set) var waiting: [WaitingSpool] = []
  /// Segments that were shipped and that the vault no longer shows.
  private(set) var vanished: [OwnSegment] = []
  /// Files that hold nothing that is not shipped; unlinked with the next shipping.
  private(set) var obsolete: [String] = []

  /// The point of the next entry.
  var point: LogPoint { waiting.last?.end ?? shipped.point }

  /// - Throws: `damaged` where the home's own parts do not fit one another, `refused` where the
  ///   vault has entries of this device that its home knows nothing of, `failed`.
  init(_ shelf: LogShelf, vault: Vault, device: Identifier) throws {
    shipped = try shelf.shipped()
    let names = try shelf.names()
    for name in names {
      try take(name, on: shelf, isLast: name == names.last, vault: vault.id, device: device)
    }
    try compare(with: vault, device: device)
  }

  private mutating func take(
    _ name: String, on shelf: LogShelf, isLast: Bool, vault: Identifier, device: Identifier
  ) throws {
    let bytes = try shelf.read(name)
    guard let spool = try? LogSpool(bytes), !spool.entries.isEmpty else {
      // A crash cut its beginning off: nothing in it was acknowledged.
      guard isLast else { throw LogShelf.damaged }
      obsolete.append(name)
      return
    }
    let start = spool.head.start
    guard spool.head.vault == vault, spool.head.device == device, String(start.next) == name else {
      throw LogShelf.damaged
    }
    let end = start.after(spool.entries, in: bytes)
    if end.next <= shipped.point.next {
      // Shipped, and a crash kept it from being unlinked.
      obsolete.append(name)
      return
    }
    guard start == point else { throw LogShelf.damaged }
    waiting.append(
      WaitingSpool(
        name: name, start: start, end: end, size: spool.wholeSize, began: spool.header.began))
  }

  /// Looks for segments of this device that the home does not know: one that a crash kept from
  /// being noted is taken in, one beyond what the home knows betrays an old image of it.
  private mutating func compare(with vault: Vault, device: Identifier) throws {
    let known = Set(shipped.segments.map(\.id))
    let path = "log/\(device.text)"
    var found: [OwnSegment] = []
    let listing = try vault.folder.listing(of: path)
    let here = Set(listing.entries.compactMap(\.name))
    vanished = shipped.segments.filter { !here.contains($0.id.text) }
    for entry in listing.entries {
      guard entry.kind == .file, let id = entry.name.flatMap({ Identifier($0) }),
        !known.contains(id),
        case .success(let segment)? = try? LogSegment.read(id, of: device, in: vault)
      else { continue }
      found.append(
        OwnSegment(
          id: id, start: segment.head.start, end: segment.end, size: segment.run.count))
    }
    for segment in found.sorted(by: { ($0.end.next, $0.id) < ($1.end.next, $1.id) })
    where segment.end.next > shipped.point.next {
      guard waiting.contains(where: { $0.end == segment.end }) else { throw LogShelf.putBack }
      adopt(segment)
    }
  }

  private mutating func adopt(_ segment: OwnSegment) {
    shipped.segments.removeAll { $0.start.next >= segment.start.next }
    shipped.segments.append(segment)
    shipped.point = segment.end
    let done = waiting.filter { $0.end.next <= segment.end.next }
    obsolete += done.map(\.name)
    waiting.removeFirst(done.count)
  }
}

extension LogShelf {
  /// Puts segments back into the vault that had vanished from it.
  ///
  /// - Returns: what is to be said of them.
  func putBack(
    _ segments: [OwnSegment], into vault: Folder, device: Identifier
  ) -> [Finding] {
    segments.map { segment in
      let file = "log/\(device.text)/\(segment.id.text)"
      let isBack = copy(segment.id).map { (try? vault.publish($0, at: file)) != nil } ?? false
      return Finding(
        .missing, file,
        isBack
          ? "had vanished from the vault and was put back"
          : "had vanished from the vault and could not be put back")
    }
  }
}
