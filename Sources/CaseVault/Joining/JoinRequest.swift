internal import Sealing
internal import Storage
package import VaultFormat

/// A device's request to join, its own signature verified (FORMAT §5.4). It proves
/// that the device has the key and nothing about whose device it is: that is what
/// the words are for.
package struct JoinRequest: Equatable, Sendable {
  /// The most bytes that one may have.
  static let maximumSize = 4_096

  package let id: Identifier
  package let name: String
  package let keys: DeviceKeys
  /// The roster head that the device saw.
  package let head: Identifier
  package let time: Timestamp
  /// What the newcomer reads out, and never what stands here alone.
  let words: Words

  /// - Throws: `FormatError` unless it holds in itself.
  init(_ bytes: [UInt8], in vault: Identifier) throws {
    let statement = try Statement(bytes)
    let body = try EnrolmentRequest(statement.members())
    guard statement.kind == .request, statement.vault == vault,
      statement.device == body.device.id, statement.isSigned(by: body.device.sign)
    else { throw FormatError.invalid("request") }
    id = statement.id
    name = body.name
    keys = body.device
    head = statement.roster
    time = body.time
    words = .joining(vault: vault, head: head, keys)
  }

  package var device: Identifier { keys.id }
}

extension Vault {
  /// The requests that verify, the earliest first, and what else lies among them.
  ///
  /// - Throws: `failed` where the folder cannot be listed.
  package func requests() throws -> (requests: [JoinRequest], findings: [Finding]) {
    var requests: [JoinRequest] = []
    var findings: [Finding] = []
    for entry in try requestFiles() {
      let path = "requests/\(entry.shown)"
      guard entry.kind == .file, let id = entry.name.flatMap({ Identifier($0) }) else {
        findings.append(Finding(.stranger, path, "not a file of the vault"))
        continue
      }
      do {
        let bytes = try folder.read(path, atMost: JoinRequest.maximumSize)
        guard Identifier(hash(.statement, bytes)) == id else { throw FormatError.invalid("name") }
        requests.append(try JoinRequest(bytes, in: self.id))
      } catch FormatError.laterProgram {
        findings.append(Finding(.stranger, path, "of a later casevault, if it is of one at all"))
      } catch {
        findings.append(Finding(.damaged, path, "not a request of the device that it names"))
      }
    }
    return (requests.sorted { ($0.time, $0.id) < ($1.time, $1.id) }, findings)
  }

  /// What lies in the folder; nothing where something else stands in its place, which
  /// a look at the vault's root names.
  private func requestFiles() throws -> [Listing.Entry] {
    do {
      return try folder.listing(of: "requests").entries
    } catch let error as VaultError where error.code == .damaged {
      guard (error.cause as? StorageError)?.reason == .notRegular else { throw error }
      return []
    }
  }

  /// The requests that nobody has answered.
  ///
  /// - Throws: as ``requests()``.
  package func openRequests() throws -> [JoinRequest] {
    let answered = Set(roster.devices.keys).union(roster.pending.map(\.keys.id))
    return try requests().requests.filter { !answered.contains($0.device) }
  }

  /// The request whose id begins so.
  ///
  /// - Throws: `notFound` for none and for several.
  package func request(named name: String) throws -> JoinRequest {
    let found = try requests().requests.filter { !name.isEmpty && $0.id.text.hasPrefix(name) }
    guard let request = found.first, found.count == 1 else {
      throw VaultError(
        .notFound,
        found.isEmpty ? "no request \(name)" : "several requests begin with \(name)",
        hint: "`casevault staff list` names those that wait")
    }
    return request
  }
}
