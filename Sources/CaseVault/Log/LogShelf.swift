internal import Sealing
internal import Storage
internal import VaultFormat

/// Entries of one run under one segment key, in the home, closed and waiting to be shipped.
struct WaitingSpool: Sendable {
  /// Its name: the first sequence in decimal.
  let name: String
  let start: LogPoint
  let end: LogPoint
  /// Bytes of whole entries, with the header.
  let size: Int
  /// In seconds since 1970.
  let began: UInt32
}

/// One of this device's own segments in the vault.
struct OwnSegment: Sendable, Equatable {
  let id: Identifier
  let start: LogPoint
  let end: LogPoint
  /// Of its entries, in bytes.
  let size: Int
}

/// What this device has shipped: the file `head` of its log's folder in the home, replaced before
/// the spools that it makes superfluous are unlinked.
struct ShippedLog: Sendable, Equatable {
  static let maximumSize = 1 << 20

  var point = LogPoint.start
  /// Those that no other of them replaces, by sequence.
  var segments: [OwnSegment] = []

  init() {}

  init?(_ bytes: [UInt8]) {
    guard let json = try? JSON(canonical: bytes), let point = json["point"].flatMap(LogPoint.init),
      let list = json["segments"]?.array
    else { return nil }
    self.point = point
    for member in list {
      guard let id = member["id"]?.string.flatMap({ Identifier($0) }),
        let start = member["start"].flatMap(LogPoint.init),
        let end = member["end"].flatMap(LogPoint.init), let size = member["size"]?.integer,
        (1...LogSegment.maximumSize).contains(size)
      else { return nil }
      segments.append(OwnSegment(id: id, start: start, end: end, size: size))
    }
  }

  var bytes: [UInt8] {
    JSON.object([
      "point": point.members,
      "segments": .array(
        segments.map { segment in
          [
            "id": JSON(segment.id), "start": segment.start.members, "end": segment.end.members,
            "size": .integer(segment.size),
          ]
        }),
    ]).canonical
  }
}

/// The folder of a device's log in its home.
struct LogShelf: Sendable {
  let folder: Folder
  let path: String

  init(_ home: Home, vault: Identifier, device: Identifier) {
    folder = home.state
    path = "\(home.logPath(of: vault))/\(device.text)"
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// What was shipped.
  ///
  /// - Throws: `damaged`, `failed`.
  func shipped() throws -> ShippedLog {
    do {
      let bytes = try folder.read(path("head"), atMost: ShippedLog.maximumSize)
      guard let shipped = ShippedLog(bytes) else { throw Self.damaged }
      return shipped
    } catch let error as StorageError where error.isMissing {
      return ShippedLog()
    } catch let error as StorageError {
      throw VaultError(error, while: "reading the access log of this computer")
    }
  }

  /// The spools' names by sequence.
  func names() throws -> [String] {
    do {
      return try folder.list(path).entries.compactMap { entry -> (UInt64, String)? in
        guard entry.kind == .file, let name = entry.name, let number = UInt64(name),
          String(number) == name
        else { return nil }
        return (number, name)
      }.sorted { $0.0 < $1.0 }.map(\.1)
    } catch {
      throw VaultError(error, while: "reading the access log of this computer")
    }
  }

  /// A spool's bytes.
  func read(_ name: String) throws -> [UInt8] {
    do {
      // The last entry of a full spool goes beyond the size at which another is begun.
      return try folder.read(path(name), atMost: LogSpool.maximumSize * 4)
    } catch {
      throw VaultError(error, while: "reading the access log of this computer")
    }
  }

  /// How many of the newest own segments the home keeps a copy of.
  private static let maximumCopies = 8

  private func copyPath(_ id: Identifier) -> String { path("shipped/\(id.text)") }

  /// Keeps a copy of a segment that was shipped, and none of those that are not among
  /// the newest any more. A home that is full is no reason to stop.
  func keep(_ bytes: [UInt8], _ shipped: ShippedLog) {
    let kept = Set(shipped.segments.suffix(Self.maximumCopies).map(\.id.text))
    try? folder.replace(bytes, at: copyPath(Identifier(hash(.segment, bytes))))
    let there = (try? folder.list(path("shipped")).entries.compactMap(\.name)) ?? []
    let old = there.filter { Identifier($0) != nil && !kept.contains($0) }
    if !old.isEmpty { try? folder.remove(old, in: path("shipped")) }
  }

  /// The copy of a segment, if there is one and it is that segment's.
  func copy(_ id: Identifier) -> [UInt8]? {
    guard let bytes = try? folder.read(copyPath(id), atMost: LogSegment.maximumSize),
      Identifier(hash(.segment, bytes)) == id
    else { return nil }
    return bytes
  }

  static let damaged = VaultError(
    .damaged, "the access log of this computer does not continue where it was",
    hint: "something altered this home; tell your manager, and enrol this computer again")

  static let putBack = VaultError(
    .refused,
    "this computer's home was put back to an earlier state; its log would fork",
    hint: "enrol this computer again")
}
