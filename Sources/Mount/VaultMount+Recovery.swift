internal import Agent
internal import CaseVault
internal import Sealing
internal import VaultFormat

/// What became of the saves that a crash or a lock cut short, each in one line.
package struct Recovery: Sendable {
  /// Those that were filed.
  package fileprivate(set) var filed: [String] = []
  /// Those that could not be, and why.
  package fileprivate(set) var failures: [String] = []
  /// Of those that do not open.
  package fileprivate(set) var unopened: String?
}

/// Saves that a crash or a lock cut short.
extension VaultMount {
  /// Files what was kept of them, each as a record of its own, beside what it was to replace: a
  /// person decides what it is worth. What cannot be filed now stays for the next mount.
  ///
  /// Of mounts that begin at once, one recovers what another does not: a folder is held from before
  /// it is looked into until nothing of it is left to be done.
  func recoverSpools() -> Recovery {
    var recovery = Recovery()
    guard !settings.isReadOnly else { return recovery }
    var unopened: [LeftSpool] = []
    settings.home.eachLeftShelf(of: settings.vault) { shelf in
      for spool in (try? pool.ask(nil) { try $0.spools(in: shelf) }) ?? [] {
        if spool.description == nil {
          unopened.append(spool)
        } else if spool.description?.isTemporary == true {
          // A program's own file is not missed.
          shelf.forget(spool)
        } else if spool.hasContent {
          recover(spool, &recovery)
        }
      }
    }
    recovery.unopened = settings.home.remark(onUnopened: unopened, of: settings.vault)
    for line in recovery.failures + [recovery.unopened].compactMap({ $0 }) { note(trouble: line) }
    return recovery
  }

  private func recover(_ spool: LeftSpool, _ recovery: inout Recovery) {
    do {
      try recover(spool.name)
      recovery.filed.append("\(spool.shown) was cut short; what was kept of it is filed")
    } catch {
      let path = settings.home.shownPath(ofSpool: spool.name, of: settings.vault)
      let wayOut =
        (error as? VaultError)?.code == .damaged
        ? "it stays until you delete \(path)"
        : "the next mount tries again, and until then it stays in \(path)"
      recovery.failures.append(
        "\(spool.shown) was cut short and could not be filed: \(reason(error)); \(wayOut)")
    }
  }

  private func recover(_ name: String) throws {
    let actor = Request.Actor("mount recover", program: nil)
    let (description, key) = try pool.ask(actor) { try $0.resume(name) }
    let spool = try Spool.resume(
      name, description, key: key.key, of: settings.vault, in: settings.home)
    let count = description.blockCount
    let isWhole = (0..<count).allSatisfy(spool.holds)
    let base = isWhole ? nil : try baseContent(of: description, actor)
    let streaming = try Streaming(
      try proposal(of: description), in: place(of: description), actor, pool, settings.folder)
    do {
      for index in 0..<max(count - 1, 0) {
        let block = try self.block(index, of: spool, base)
        try withExtendedLifetime(block) {
          try streaming.stream.seal([UnsafeRawBufferPointer(block.bytes)])
        }
      }
      let last = try count > 0 ? [block(count - 1, of: spool, base)] : []
      try withExtendedLifetime(last) {
        for block in last {
          let kept = description.length - (count - 1) * RecordLayout.chunkSize
          UnsafeMutableRawBufferPointer(rebasing: block.bytes[kept...])
            .initializeMemory(as: UInt8.self, repeating: 0)
        }
        _ = try streaming.publish(
          last.map { UnsafeRawBufferPointer($0.bytes) }, length: description.length)
      }
    } catch {
      streaming.giveUp()
      throw error
    }
    spool.remove()
  }

  /// A block of what was written; where nobody wrote, the base's.
  ///
  /// - Throws: `damaged` for one that the spool holds and that does not verify: in its place nothing
  ///   else is put.
  private func block(
    _ index: Int, of spool: Spool, _ base: RecordChunks?
  ) throws -> LockedBlocks.Block {
    guard let block = blocks.take() else { throw SealingError.lockedMemoryUnavailable }
    try withExtendedLifetime(block) {
      if spool.holds(index) {
        try spool.take(index, into: block.bytes)
      } else if let base, index < base.count {
        try base.open(index, into: block.bytes)
      }
    }
    return block
  }

  private func baseContent(
    of description: SpoolDescription, _ actor: Request.Actor
  ) throws -> RecordChunks? {
    guard let base = description.base, let caseID = description.caseID else { return nil }
    do {
      let lent = try pool.ask(actor) { try $0.lend(base, of: caseID) }
      return try RecordChunks(lent.record, with: lent.key, in: settings.folder)
    } catch {
      throw VaultError(
        .failed, "the version that it changes cannot be read (\(reason(error)))", cause: error)
    }
  }

  private func place(of description: SpoolDescription) -> CasePlace {
    if let caseID = description.caseID { return .known(caseID) }
    return .new(client: description.folder ?? "")
  }

  private func proposal(of description: SpoolDescription) throws -> RecordProposal {
    let name = FileNames.marked(description.name, "recovered")
    let type = MediaTypes.type(
      of: name, head: UnsafeRawBufferPointer(start: nil, count: 0), isWhole: false)
    return RecordProposal(
      kind: description.kind, title: FileNames.shortened(name, to: Manifest.maximumTitle),
      mediaType: type,
      details: ["file": .string(FileNames.safe(name))],
      worked: try Clock.system.now.day(in: welcome.timeZone))
  }
}
