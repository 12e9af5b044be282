internal import Sealing
internal import Storage
internal import VaultFormat

/// Reads `index/`: the verified segments of every device (FORMAT §9).
struct IndexReading {
  /// By device, those that no later one of the same device replaces.
  private(set) var segments: [Identifier: [Identifier: IndexSegment]] = [:]
  private(set) var findings: [Finding] = []

  private let vault: Vault

  /// - Throws: `failed` where a folder cannot be read. Damaged segments become
  ///   findings: the index can be rebuilt.
  static func read(_ vault: Vault) throws -> IndexReading {
    try Merging.whileStable {
      var reading = IndexReading(vault)
      try reading.read()
      return reading
    }
  }

  private init(_ vault: Vault) {
    self.vault = vault
  }

  private mutating func read() throws {
    for entry in try vault.folder.listing(of: "index").entries {
      guard entry.kind == .folder, let name = entry.name, let device = Identifier(name) else {
        findings.append(Finding(.stranger, "index/\(entry.shown)", "not a file of the vault"))
        continue
      }
      try read(device: device)
    }
  }

  private mutating func read(device: Identifier) throws {
    var found: [Identifier: IndexSegment] = [:]
    let folder = "index/\(device.text)"
    guard let standing = vault.roster.standing(of: device) else {
      findings.append(Finding(.stranger, folder, "of no device on the roster"))
      return
    }
    for entry in try vault.folder.listing(of: folder).entries {
      let shown = "\(folder)/\(entry.shown)"
      guard entry.kind == .file, let name = entry.name, let id = Identifier(name) else {
        findings.append(Finding(.stranger, shown, "not a file of the vault"))
        continue
      }
      found[id] = try segment(id, at: shown, of: device, standing)
    }
    // Only the device itself says what its segments replace.
    for replaced in found.values.flatMap(\.replaced) { found[replaced] = nil }
    segments[device] = found
  }

  private mutating func segment(
    _ id: Identifier, at path: String, of device: Identifier, _ standing: Roster.Standing
  ) throws -> IndexSegment? {
    do {
      guard let bytes = try bytes(at: path) else {
        findings.append(Finding(.damaged, path, "not an index segment"))
        return nil
      }
      guard Identifier(hash(.segment, bytes)) == id else {
        findings.append(Finding(.damaged, path, "its content does not fit its name"))
        return nil
      }
      // Signed before it is taken apart: what a stranger made costs one look.
      guard
        (try? verify(
          bytes.suffix(Statement.signatureSize), by: standing.keys.sign.inline,
          IndexSegment.signatureText, Array(bytes.dropLast(Statement.signatureSize)))) != nil
      else {
        findings.append(Finding(.forged, path, "signed by no device with the right to"))
        return nil
      }
      let segment = try IndexSegment(bytes)
      guard segment.vault == vault.id, segment.device == device,
        let signer = vault.roster.standing(of: device, at: segment.roster),
        signer.member.role.holdsMasterKey
      else {
        findings.append(Finding(.forged, path, "signed by no device with the right to"))
        return nil
      }
      return segment
    } catch let error as StorageError where error.isMissing {
      throw Merging.Vanished()
    } catch {
      findings.append(Finding(.damaged, path, "not an index segment"))
      return nil
    }
  }

  /// A file that begins as a segment does; nil for any other, which is not read
  /// to its end.
  private func bytes(at path: String) throws -> [UInt8]? {
    let file = try vault.folder.open(path)
    guard (Preamble.size + Statement.signatureSize...IndexSegment.maximumSize).contains(file.size)
    else { return nil }
    var reader = ByteReader(try file.read(count: Preamble.size, at: 0))
    guard (try? Preamble(&reader)) != nil else { return nil }
    return try file.read(count: file.size, at: 0)
  }
}
