internal import Sealing
internal import Storage
package import VaultFormat

/// A spool that a process left which is gone: a save that was cut short.
package struct LeftSpool: Sendable {
  /// Among the spools of its vault.
  package let name: String
  /// Nil where it cannot be opened or says nothing that makes sense.
  package let description: SpoolDescription?
  /// Whether it holds any of what was written.
  package let hasContent: Bool

  package init(name: String, description: SpoolDescription?, hasContent: Bool) {
    self.name = name
    self.description = description
    self.hasContent = hasContent
  }
}

extension Membership {
  /// How many are looked at.
  private static let maximumSpools = 1_000

  /// The spools of mounts that have ended without having filed what they held.
  package func leftSpools() -> [LeftSpool] {
    let root = home.spoolPath(of: vault.id)
    let shelves = (try? home.state.list(root).entries) ?? []
    var left: [LeftSpool] = []
    for shelf in shelves where shelf.kind == .folder {
      guard let name = shelf.name, left.count < Self.maximumSpools else { continue }
      let path = "\(root)/\(name)"
      // The lock is held as long as the process lives.
      guard (try? home.state.tryLock("\(path)/\(SpoolShelf.lockName)")).flatMap({ $0 }) != nil
      else { continue }
      let entries = (try? home.state.list(path).entries) ?? []
      let spools = entries.filter { $0.kind == .file && $0.name != SpoolShelf.lockName }
      for spool in spools.prefix(Self.maximumSpools) {
        guard let file = spool.name else { continue }
        let found = leftSpool("\(name)/\(file)")
        // A program's own file is not missed.
        if found.description?.isTemporary == true { forget(found) } else { left.append(found) }
      }
      if spools.isEmpty {
        try? home.state.remove("\(path)/\(SpoolShelf.lockName)")
        try? home.state.removeFolder(path)
      }
    }
    return left
  }

  /// Takes a spool away of which there is nothing to keep.
  package func forget(_ spool: LeftSpool) {
    try? home.state.remove("\(home.spoolPath(of: vault.id))/\(spool.name)")
  }

  private func leftSpool(_ name: String) -> LeftSpool {
    guard let opened = try? spool(name) else {
      return LeftSpool(name: name, description: nil, hasContent: false)
    }
    return LeftSpool(
      name: name, description: opened.description, hasContent: opened.hasContent)
  }

  /// Opens a spool that was left: what it is of, and its key.
  ///
  /// - Throws: `damaged`, `StorageError`.
  package func spool(
    _ name: String
  ) throws -> (description: SpoolDescription, hasContent: Bool, key: LentKey) {
    do {
      let file = try home.state.scratchFile(
        opening: "\(home.spoolPath(of: vault.id))/\(name)")
      let front = try file.read(count: SpoolHeader.slotsOffset, at: 0)
      guard front.count >= SpoolHeader.size else { throw FormatError.truncated }
      let header = try SpoolHeader(Array(front[..<SpoolHeader.size]))
      guard header.vault == vault.id, header.device == identity.device else {
        throw FormatError.invalid("spool")
      }
      let key = try opened(header)
      let offset = SpoolHeader.descriptionOffset
      let end =
        offset + Envelope.nonceSize + SpoolHeader.descriptionSize + Envelope.tagSize
      guard front.count >= end else { throw FormatError.truncated }
      let plaintext = try Envelope.open(
        Array(front[(offset + Envelope.nonceSize)..<end]), key: key.key,
        nonce: Array(front[offset..<offset + Envelope.nonceSize]),
        data: SpoolHeader.descriptionData)
      let description = try SpoolDescription(json: SpoolHeader.description(in: plaintext))
      let blocks = (description.length + SpoolHeader.blockSize - 1) / SpoolHeader.blockSize
      let hasContent = try (0..<min(blocks, 1 << 20)).contains { index in
        try file.read(count: Envelope.nonceSize, at: SpoolHeader.slotOffset(index))
          .contains { $0 != 0 }
      }
      return (description, hasContent, key)
    } catch let error as FormatError {
      throw VaultError(.damaged, "a spool of this computer makes no sense", cause: error)
    } catch let error as SealingError {
      throw VaultError(.damaged, "a spool of this computer does not open", cause: error)
    }
  }

  private func opened(_ header: SpoolHeader) throws -> LentKey {
    for held in identity.unlock {
      let front = SpoolHeader.front(vault: header.vault, device: header.device)
      if let key = try? Box.open(header.box, with: held.key, data: front) {
        return LentKey(try key.derive(.spool, header.salt.bytes))
      }
    }
    throw SealingError.notAuthentic
  }
}
