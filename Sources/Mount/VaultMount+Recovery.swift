internal import Agent
internal import CaseVault
internal import Sealing
internal import VaultFormat

/// Saves that a crash or a lock cut short.
extension VaultMount {
  /// Files what was kept of them, each as a record of its own, beside what it was to replace: a
  /// person decides what it is worth. What cannot be filed now stays for the next mount.
  func recoverSpools() {
    guard !settings.isReadOnly else { return }
    let left = (try? pool.ask(nil) { try $0.leftSpools() }) ?? []
    for spool in left where spool.hasContent {
      do {
        try recover(spool.name)
      } catch {
        note(trouble: "a save that was cut short could not be filed: \(reason(error))")
      }
    }
  }

  private func recover(_ name: String) throws {
    let actor = Request.Actor("mount recover", program: nil)
    let (description, key) = try pool.ask(actor) { try $0.resume(name) }
    let spool = try Spool.resume(
      name, key: key.key, length: description.length, of: settings.vault, in: settings.home)
    let base = try baseContent(of: description, actor)
    let streaming = try Streaming(
      try proposal(of: description), in: place(of: description), actor, pool, settings.folder)
    let size = RecordLayout.chunkSize
    let count = (description.length + size - 1) / size
    func block(_ index: Int) throws -> LockedBlocks.Block {
      guard let block = blocks.take() else { throw SealingError.lockedMemoryUnavailable }
      // A block that a crash tore is left as it was before; what else there is is worth having.
      try withExtendedLifetime(block) {
        if spool.holds(index), (try? spool.take(index, into: block.bytes)) != nil { return }
        if let base, index < base.count { try base.open(index, into: block.bytes) }
      }
      return block
    }
    for index in 0..<max(count - 1, 0) {
      let sealed = try block(index)
      try withExtendedLifetime(sealed) {
        try streaming.stream.seal([UnsafeRawBufferPointer(sealed.bytes)])
      }
    }
    let last = try count > 0 ? [block(count - 1)] : []
    try withExtendedLifetime(last) {
      for block in last {
        let kept = description.length - (count - 1) * size
        UnsafeMutableRawBufferPointer(rebasing: block.bytes[kept...])
          .initializeMemory(as: UInt8.self, repeating: 0)
      }
      _ = try streaming.publish(
        last.map { UnsafeRawBufferPointer($0.bytes) }, length: description.length)
    }
    spool.remove()
  }

  private func baseContent(
    of description: SpoolDescription, _ actor: Request.Actor
  ) throws -> RecordChunks? {
    guard let base = description.base, let caseID = description.caseID else { return nil }
    let lent = try pool.ask(actor) { try $0.lend(base, of: caseID) }
    return try RecordChunks(lent.record, with: lent.key, in: settings.folder)
  }

  private func place(of description: SpoolDescription) -> CasePlace {
    if let caseID = description.caseID { return .known(caseID) }
    return .new(client: description.folder ?? "")
  }

  private func proposal(of description: SpoolDescription) throws -> RecordProposal {
    let name = FileNames.marked(description.name, "recovered")
    let type = MediaTypes.type(
      of: name, head: UnsafeRawBufferPointer(start: nil, count: 0), isWhole: false)
    let kinds = ShelfNode.kinds.map(\.kind)
    return RecordProposal(
      kind: kinds.contains(description.kind) ? description.kind : RecordKind.note,
      title: FileNames.shortened(name, to: Manifest.maximumTitle), mediaType: type,
      details: ["file": .string(FileNames.safe(name))],
      worked: try Clock.system.now.day(in: welcome.timeZone))
  }
}
