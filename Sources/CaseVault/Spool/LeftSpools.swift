internal import Sealing
internal import Storage
package import VaultFormat

/// A spool that a process left which is gone: a save that was cut short.
package struct LeftSpool: Sendable {
  /// Among the spools of its vault.
  package let name: String
  /// Nil where it does not open, or says nothing that makes sense: damaged, forged, or of an earlier
  /// casevault.
  package let description: SpoolDescription?
  /// Whether it holds any of what was written.
  package let hasContent: Bool
  /// Of its case, where that is known: for messages.
  package var reference: String?

  package init(
    name: String, description: SpoolDescription?, hasContent: Bool, reference: String? = nil
  ) {
    self.name = name
    self.description = description
    self.hasContent = hasContent
    self.reference = reference
  }

  /// What it is called in a message, without a word of what it is about.
  package var shown: String {
    guard let description else { return "a save" }
    let reference = reference ?? description.caseID.map { String($0.text.prefix(10)) }
    let place = reference.map { "case \($0)" } ?? "a new case"
    return "a save in \(place), begun \(description.began.text),"
  }
}

/// A spool that was opened.
package struct OpenSpool {
  package let description: SpoolDescription
  package let hasContent: Bool
  package let key: LentKey
}

extension Home {
  /// What there is to say of spools that do not open, in one line; nil where there are none.
  package func remark(onUnopened spools: [LeftSpool], of vault: Identifier) -> String? {
    guard let first = spools.first else { return nil }
    let reason = "damaged, forged, or of an earlier casevault"
    guard spools.count > 1 else {
      return """
        a save that was cut short does not open (\(reason)); it stays until you delete \
        \(shownPath(ofSpool: first.name, of: vault))
        """
    }
    return """
      \(spools.count) saves that were cut short do not open (\(reason)); they stay until you delete \
      them in \(state.path)/\(spoolPath(of: vault))
      """
  }
}

extension Membership {
  /// How many of one folder are looked at.
  private static let maximumSpools = 1_000

  /// The spools in a folder of a process that is gone. Whoever asks holds the folder (``LeftShelf``).
  package func spools(in shelf: String) -> [LeftSpool] {
    guard SpoolHeader.isProcess(shelf) else { return [] }
    let entries = (try? home.state.list("\(home.spoolPath(of: vault.id))/\(shelf)").entries) ?? []
    let names = entries.filter { $0.kind == .file }.compactMap(\.name)
    return names.filter { $0 != SpoolShelf.lockName }.prefix(Self.maximumSpools).map { file in
      let name = "\(shelf)/\(file)"
      let opened = try? spool(name)
      return LeftSpool(
        name: name, description: opened?.description, hasContent: opened?.hasContent ?? false)
    }
  }

  /// Opens a spool that was left: what it is of, and its key.
  ///
  /// - Throws: `damaged`, `StorageError`.
  package func spool(_ name: String) throws -> OpenSpool {
    do {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, SpoolHeader.isProcess(parts[0]) else {
        throw FormatError.invalid("spool")
      }
      let file = try home.state.scratchFile(
        opening: "\(home.spoolPath(of: vault.id))/\(name)")
      let front = try file.read(count: SpoolHeader.slotsOffset, at: 0)
      guard front.count >= SpoolHeader.frontSize else { throw FormatError.truncated }
      let header = try SpoolHeader(Array(front[..<SpoolHeader.size]))
      guard header.vault == vault.id, header.device == identity.device,
        front[SpoolHeader.frontSize...].allSatisfy({ $0 == 0 })
      else { throw FormatError.invalid("spool") }
      let (key, description) = try opened(header, front, of: parts[0])
      return OpenSpool(
        description: description, hasContent: try hasBlocks(file, description), key: key)
    } catch let error as FormatError {
      throw VaultError(.damaged, "a spool of this computer makes no sense", cause: error)
    } catch let error as SealingError {
      guard error == .notAuthentic else { throw error }
      throw VaultError(.damaged, "a spool of this computer does not open", cause: error)
    }
  }

  /// Tries the keys that this device has had; the tag of the description tells which it is.
  private func opened(
    _ header: SpoolHeader, _ front: [UInt8], of process: String
  ) throws -> (LentKey, SpoolDescription) {
    let nonce = SpoolHeader.descriptionOffset..<SpoolHeader.descriptionOffset + Envelope.nonceSize
    for held in identity.unlock {
      let key = try identity.spoolKey(of: process, from: held).derive(.spool, header.salt.bytes)
      let plaintext: [UInt8]
      do {
        plaintext = try Envelope.open(
          Array(front[nonce.upperBound..<SpoolHeader.frontSize]), key: key,
          nonce: Array(front[nonce]), data: SpoolHeader.descriptionData)
      } catch {
        continue
      }
      let description = try SpoolDescription(json: SpoolHeader.description(in: plaintext))
      return (LentKey(key), description)
    }
    throw SealingError.notAuthentic
  }

  private func hasBlocks(_ file: ScratchFile, _ description: SpoolDescription) throws -> Bool {
    for index in 0..<description.blockCount {
      let nonce = try file.read(count: Envelope.nonceSize, at: SpoolHeader.slotOffset(index))
      if nonce.contains(where: { $0 != 0 }) { return true }
      // The file ends here.
      if nonce.count < Envelope.nonceSize { break }
    }
    // Where blocks were taken away, that is damage and not nothing.
    return description.held > 0
  }
}
