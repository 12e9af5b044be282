internal import CaseVault
internal import Glibc
internal import Sealing
internal import Storage
internal import VaultFormat

/// Measures the steps of an adviser's day on a vault that lies on a slow share.
struct ShareSpeed {
  /// Where `Office.make` made the vault and its home.
  let office: String
  /// Where the same vault shows through `slowshare`.
  let share: String
  let reference: String
  /// The process of `slowshare`: told to count anew after each step.
  let counter: pid_t

  func measure() throws {
    for folder in ["cold", "seen"] { mkdir("\(office)/\(folder)", 0o700) }
    // What is printed lies between the counts: one stream for both, in order.
    setvbuf(stdout, nil, _IOLBF, 0)
    let state = try Folder("\(office)/seen")
    let home = Home(identities: try Folder("\(office)/home"), state: state)
    count()
    _ = try step("open_cold") { try open(home) }
    let vault = try step("open_warm") { try open(home) }
    _ = try step("list_first") { try vault.index().all }
    _ = try step("list") { try vault.index().all }
    _ = try step("find") { try vault.index().find("number1000") }
    _ = try step("find_again") { try vault.index().find("number1001 housing") }
    let id = try step("name") { try vault.caseID(named: reference, freshAtMost: 3) }
    _ = try step("show_first") { try vault.caseFile(id) }
    let file = try step("show") { try vault.caseFile(id) }
    let record = file.state.entries[1].record
    _ = try step("content") { try vault.reader(of: record, in: file).content(atMost: 1 << 20) }
    try step("note") { try note(in: file, vault) }
    _ = try step("refresh") { try vault.refresh() }
  }

  private func open(_ home: Home) throws -> OpenVault {
    let closed = try Vault(Folder(share), home: home)
    let identity = try Identity.open(
      home.identityFile(of: closed.id), with: try Office.passphrase())
    return try OpenVault(closed, identity: identity, home: home)
  }

  private func note(in file: CaseFile, _ vault: OpenVault) throws {
    let filing = Filing(in: vault)
    _ = try filing.add(
      NewRecord(
        kind: RecordKind.note, title: "A call", mediaType: "text/plain",
        worked: try vault.today(), content: .bytes(Array("They called.\n".utf8))),
      to: file)
    try filing.commit()
  }

  private func step<Result>(_ name: String, _ work: () throws -> Result) throws -> Result {
    var times = Times()
    var result: Result?
    try times.measure { result = try work() }
    report("share.\(name).ms", times.best * 1_000)
    count()
    guard let result else { throw VaultError(.failed, "no result of \(name)") }
    return result
  }

  /// Asks for the questions of the step behind, and waits until they are told.
  private func count() {
    guard counter > 0 else { return }
    kill(counter, SIGUSR1)
    usleep(20_000)
  }
}
