internal import Sealing
internal import Storage
internal import VaultFormat

extension LogPoint {
  /// The point behind an entry that begins here.
  func after(_ entry: LogEntry, in bytes: [UInt8]) -> LogPoint {
    guard entry.isChained else { return self }
    var hasher = Hasher32(.chain)
    hasher.update(chain.inline)
    bytes.withUnsafeBytes { bytes in
      hasher.update(UnsafeRawBufferPointer(rebasing: bytes[entry.range]))
    }
    return LogPoint(next: next + 1, chain: Identifier(hasher.finish()))
  }

  /// The point behind a run of entries.
  func after(_ entries: some Sequence<LogEntry>, in bytes: [UInt8]) -> LogPoint {
    entries.reduce(self) { $0.after($1, in: bytes) }
  }

  var members: JSON { ["chain": JSON(chain), "next": .integer(Int(clamping: next))] }

  init?(_ json: JSON) {
    guard let next = json["next"]?.integer, (0...Int(LogHead.maximumSequence)).contains(next),
      let chain = json["chain"]?.string.flatMap({ Identifier($0) })
    else { return nil }
    self.init(next: UInt64(next), chain: chain)
  }
}

extension LogHead {
  /// Where the first entry stands.
  var start: LogPoint { LogPoint(next: sequence, chain: chain) }
}

extension LogSegment {
  /// Where the next entry after this segment stands.
  var end: LogPoint { head.start.after(entries, in: bytes) }

  /// Reads a segment of a device from its log's folder and verifies it: name, vault, device,
  /// signature by that device as of the roster head that it names, and the auditors' key.
  ///
  /// - Returns: the segment, or why it is none.
  static func read(
    _ id: Identifier, of device: Identifier, in vault: Vault
  ) throws -> Result<LogSegment, LogFault> {
    let path = "log/\(device.text)/\(id.text)"
    let file = try vault.folder.open(path)
    // What is plainly none, such as a sparse giant, is not read to its end.
    if file.size <= maximumSize, let fault = try faultInFront(of: file) { return .failure(fault) }
    let bytes = try vault.folder.read(path, atMost: maximumSize)
    guard Identifier(hash(.segment, bytes)) == id else { return .failure(.damaged) }
    let segment: LogSegment
    do {
      segment = try LogSegment(bytes)
    } catch {
      return .failure(error == .laterProgram ? .later : .damaged)
    }
    guard segment.head.vault == vault.id, segment.head.device == device else {
      return .failure(.foreign)
    }
    guard let signer = vault.roster.standing(of: device, at: segment.head.roster),
      (try? verify(
        segment.signature, by: signer.keys.sign.inline, signatureText, segment.signed)) != nil
    else { return .failure(.unsigned) }
    return .success(segment)
  }

  /// Why a file is no segment by its first bytes; nil where it may be one.
  private static func faultInFront(of file: borrowing StoredFile) throws -> LogFault? {
    var head = ByteReader(try file.read(count: min(file.size, Preamble.size), at: 0))
    do {
      return try Preamble(&head).type == .logSegment ? nil : .damaged
    } catch {
      return error == .laterProgram ? .later : .damaged
    }
  }
}

/// Why a file in a log's folder is no part of the log.
enum LogFault: Error {
  case damaged, later, foreign, unsigned

  func finding(at path: String) -> Finding {
    switch self {
    case .damaged:
      Finding(.damaged, path, "its entries were edited, reordered or cut: it does not fit its name")
    case .later: Finding(.stranger, path, "of a later casevault, if it is of one at all")
    case .foreign: Finding(.forged, path, "of another vault or device")
    case .unsigned: Finding(.forged, path, "not signed by the device whose log this is")
    }
  }
}
