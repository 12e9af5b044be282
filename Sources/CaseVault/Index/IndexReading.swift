internal import Sealing
internal import Storage
internal import VaultFormat

/// Reads `index/`: the verified segments of every device (FORMAT §9).
struct IndexReading {
  /// By device, the segments that were not known before.
  private(set) var segments: [Identifier: [Identifier: IndexSegment]] = [:]
  /// By device, the ids of its segments that a later one of its own replaces.
  private(set) var replaced: [Identifier: Set<Identifier>] = [:]
  private(set) var findings: [Finding] = []

  private let vault: Vault

  /// Reads what is there, or what is new.
  ///
  /// - Parameter known: by device, segments that the caller has in memory.
  /// - Throws: `failed` where a folder cannot be read. Damaged segments become
  ///   findings: the index can be rebuilt.
  static func read(_ vault: Vault, known: [Identifier: Set<Identifier>] = [:]) throws
    -> IndexReading
  {
    try Merging.whileStable {
      var reading = IndexReading(vault)
      try reading.read(known.mapValues { Set($0.map(\.text)) })
      return reading
    }
  }

  private init(_ vault: Vault) {
    self.vault = vault
  }

  private mutating func read(_ known: [Identifier: Set<String>]) throws {
    var devices: [(device: Identifier, standing: Roster.Standing)] = []
    for entry in try vault.folder.listing(of: "index").entries {
      guard entry.kind == .folder, let name = entry.name, let device = Identifier(name) else {
        findings.append(Finding(.stranger, "index/\(entry.shown)", "not a file of the vault"))
        continue
      }
      guard let standing = vault.roster.standing(of: device) else {
        findings.append(Finding(.stranger, "index/\(name)", "of no device on the roster"))
        continue
      }
      devices.append((device, standing))
    }
    let (folder, copies) = (vault.folder, vault.copies)
    let readings = SideBySide.map(devices) { device, _ in
      try FolderReading.read(
        "index/\(device.text)", of: folder, copies, Self.rule, known: known[device] ?? [])
    }
    for ((device, standing), reading) in zip(devices, readings) {
      try read(device: device, standing, try reading.get())
    }
  }

  private static let rule = FolderReading.Rule(
    isName: { Identifier($0) != nil },
    isSound: { Identifier(hash(.segment, $1)).text == $0 },
    maximumSize: IndexSegment.maximumSize, fetch: fetch)

  private mutating func read(
    device: Identifier, _ standing: Roster.Standing, _ reading: FolderReading
  ) throws {
    for shown in reading.strangers {
      findings.append(
        Finding(.stranger, "\(reading.path)/\(shown)", "not a file of the vault"))
    }
    for (name, error) in reading.unread {
      // Another process merged it away between the listing and the reading.
      if (error as? StorageError)?.isMissing == true { throw Merging.Vanished() }
      note(error, "\(reading.path)/\(name)")
    }
    var found: [Identifier: IndexSegment] = [:]
    for file in reading.files where file.origin != .vanished {
      guard let id = Identifier(file.name) else { continue }
      found[id] = segment(file, at: "\(reading.path)/\(file.name)", of: device, standing)
    }
    let valid = Set(found.keys.map(\.text))
    // Only the device itself says what its segments replace.
    let gone = Set(found.values.flatMap(\.replaced))
    replaced[device] = gone
    for id in gone { found[id] = nil }
    segments[device] = found
    // Rows can be made anew: what vanished is let go.
    reading.settle(valid, puttingBack: [])
  }

  private mutating func note(_ error: any Error, _ path: String) {
    findings.append(
      (error as? FormatError) == .laterProgram
        ? Finding(.stranger, path, "of a later casevault, if it is of one at all")
        : Finding(.damaged, path, "not an index segment"))
  }

  private mutating func segment(
    _ file: FolderReading.File, at path: String, of device: Identifier,
    _ standing: Roster.Standing
  ) -> IndexSegment? {
    do {
      let bytes = file.bytes
      guard file.isSound else {
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
    } catch {
      note(error, path)
      return nil
    }
  }

  /// A file that begins as a segment does; any other is not read to its end.
  @Sendable private static func fetch(_ shelf: Shelf, _ name: String) throws -> [UInt8] {
    let file = try shelf.open(name)
    guard (Preamble.size + Statement.signatureSize...IndexSegment.maximumSize).contains(file.size)
    else { throw FormatError.invalid("size") }
    // Most are small; a large one shows its first bytes before memory is taken for it.
    if file.size > Statement.maximumSize {
      var reader = ByteReader(try file.read(count: Preamble.size, at: 0))
      _ = try Preamble(&reader)
    }
    let bytes = try file.read(count: file.size, at: 0)
    var reader = ByteReader(Array(bytes.prefix(Preamble.size)))
    _ = try Preamble(&reader)
    return bytes
  }
}
