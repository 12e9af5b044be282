internal import Sealing
internal import Storage
package import VaultFormat

/// All case keys that this device can open.
package final class Keyring {
  /// A wrap and the epoch that opens it.
  struct Located {
    let wrap: Wrap
    let epoch: Epoch
    let path: String
  }

  private var vault: Vault
  private let identity: Identity
  /// The epochs that this device opened, the one to write under first.
  private(set) var epochs: [Epoch] = []
  private var wraps: [Identifier: [Located]] = [:]
  /// This device's segments of the epoch to write under.
  private var own: [Identifier: KeySegment] = [:]
  /// What was noticed in the keyring.
  package private(set) var findings: [Finding] = []
  private var reported: Set<Finding> = []
  /// By epoch, the names of the files that were read.
  private var names: [Identifier: Set<String>] = [:]

  /// Opens every epoch that a grant to this device opens, and indexes its wraps.
  ///
  /// - Throws: `noKey` where no grant opens any, `damaged`.
  init(_ vault: Vault, _ identity: Identity) throws {
    self.vault = vault
    self.identity = identity
    let reading = try KeyringReading.read(vault, identity)
    take(reading)
    guard !epochs.isEmpty else { throw reading.refusal }
  }

  /// Takes in the epochs, grants and segments that came since it was read.
  ///
  /// - Parameter vault: as its roster is now.
  /// - Throws: `failed`; then the keyring is as it was.
  package func refresh(_ vault: Vault) throws {
    self.vault = vault
    // Of an epoch that did not open, all is read again: its grant may have come.
    let open = Set(epochs.map(\.id))
    take(
      try KeyringReading.read(
        vault, identity, known: names.filter { open.contains($0.key) }, open: epochs))
  }

  private func take(_ reading: KeyringReading) {
    for finding in reading.findings { report(finding) }
    names.merge(reading.names) { _, new in new }
    let known = Set(epochs.map(\.id))
    epochs = Self.inOrder(epochs + reading.epochs.filter { !known.contains($0.id) })
    for segment in reading.segments {
      for wrap in segment.segment.wraps { take(wrap, segment) }
    }
    takeOwn(reading)
  }

  private func take(_ wrap: Wrap, _ segment: KeyringReading.Segment) {
    // A merged segment brings again what the ones it replaced had brought.
    let isKnown = (wraps[wrap.caseID] ?? []).contains { $0.wrap == wrap }
    guard !isKnown else { return }
    wraps[wrap.caseID, default: []].append(
      Located(wrap: wrap, epoch: segment.epoch, path: segment.path))
  }

  private func takeOwn(_ reading: KeyringReading) {
    guard let current = epochs.first else { return }
    let fresh = reading.segments.filter {
      $0.segment.device == identity.device && $0.epoch.id == current.id
    }
    // Another process of this device may have merged some away.
    for replaced in fresh.flatMap(\.segment.replaced) { own[replaced] = nil }
    for segment in fresh { own[segment.id] = segment.segment }
    own = own.filter { $0.value.epoch == current.id }
  }

  /// Epochs that no other names as a parent first, then by id.
  private static func inOrder(_ epochs: [Epoch]) -> [Epoch] {
    let parents = Set(epochs.flatMap(\.document.parents))
    return epochs.sorted {
      (parents.contains($0.id) ? 1 : 0, $0.id) < (parents.contains($1.id) ? 1 : 0, $1.id)
    }
  }

  /// Every case that has a wrap, in no order.
  package var caseIDs: some Sequence<Identifier> { wraps.keys }

  /// How many cases have a wrap.
  package var count: Int { wraps.count }

  /// Whether a case has a wrap.
  package func holds(_ caseID: Identifier) -> Bool { wraps[caseID] != nil }

  /// The keys of a case, one for each generation that opens; wraps of another
  /// key are reported and ignored.
  ///
  /// - Throws: `damaged` where only such wraps are there, or a part of the keyring
  ///   is damaged; `noKey` where the case is not in the keyring.
  package func keys(of caseID: Identifier) throws -> [CaseKey] {
    var keys: [Identifier: CaseKey] = [:]
    for located in wraps[caseID] ?? [] {
      do {
        keys[located.wrap.generation] = try located.epoch.open(located.wrap)
      } catch {
        report(
          Finding(
            .forged, located.path,
            "holds another key than case \(caseID.text.prefix(10)) has; ignored"))
      }
    }
    guard keys.isEmpty else { return keys.values.sorted { $0.generation < $1.generation } }
    if wraps[caseID] != nil {
      throw VaultError(
        .damaged, "the key of case \(caseID.text.prefix(10)) is damaged",
        hint: VaultError.restoreHint)
    }
    if let damage = findings.first(where: \.isDamage) {
      throw VaultError(
        .damaged,
        "no key for case \(caseID.text.prefix(10)), and \(damage.path) is damaged",
        hint: VaultError.restoreHint)
    }
    throw VaultError(.noKey, "no key for case \(caseID.text.prefix(10))")
  }

  /// The key of one generation of a case.
  ///
  /// - Throws: as ``keys(of:)``.
  package func key(of caseID: Identifier, generation: Identifier) throws -> CaseKey? {
    for located in wraps[caseID] ?? [] where located.wrap.generation == generation {
      if let key = try? located.epoch.open(located.wrap) { return key }
    }
    return nil
  }

  /// Publishes one segment with the keys of these cases and the wraps of the
  /// segments that it replaces (FORMAT §13, 2).
  ///
  /// - Throws: `StorageError`.
  func publish(_ keys: [CaseKey], by identity: Identity) throws {
    let epoch = epochs[0]
    let fresh = keys.map(epoch.wrap)
    let replaced = Merging.absorbed(
      own.mapValues(\.wraps.count), adding: fresh.count, limit: KeySegment.maximumWraps)
    var segment = KeySegment(
      vault: vault.id, epoch: epoch.id, roster: vault.roster.head(for: identity.device),
      device: identity.device,
      replaced: replaced, wraps: Self.merged(fresh + replaced.flatMap { own[$0]?.wraps ?? [] }))
    segment.signature = identity.signing.sign(KeySegment.signatureText, segment.signed)
    let bytes = segment.bytes
    let id = Identifier(hash(.segment, bytes))
    let path = "keyring/\(epoch.id.text)"
    try vault.folder.publish(bytes, at: "\(path)/\(id.text)")
    vault.copies?.keep([(id.text, bytes)], in: path)
    vault.copies?.drop(replaced.map(\.text), in: path)
    names[epoch.id, default: []].insert(id.text)
    Merging.remove(replaced, from: path, in: vault.folder)
    own = own.filter { !replaced.contains($0.key) }.merging([id: segment]) { _, new in new }
    for wrap in fresh {
      wraps[wrap.caseID, default: []].append(
        Located(wrap: wrap, epoch: epoch, path: "\(path)/\(id.text)"))
    }
  }

  /// One wrap for each generation: two processes that merged at once may have
  /// left the same one in two segments.
  private static func merged(_ wraps: [Wrap]) -> [Wrap] {
    struct Name: Hashable {
      let caseID: Identifier
      let generation: Identifier
    }
    return Array(
      Dictionary(wraps.map { (Name(caseID: $0.caseID, generation: $0.generation), $0) }) {
        first, _ in first
      }.values)
  }

  private func report(_ finding: Finding) {
    if reported.insert(finding).inserted { findings.append(finding) }
  }
}
