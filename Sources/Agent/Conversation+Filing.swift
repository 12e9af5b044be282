internal import CaseVault
internal import Synchronization
internal import VaultFormat

extension Conversation {
  /// Begins a record, in the case as its author has just seen it.
  func begin(_ proposal: RecordProposal, in caseID: Identifier) throws -> BegunRecord {
    let registrar = try registering()
    if let looked, looked.file.id == caseID, agent.isFresh(since: looked.at) {
      registrar.use(looked.file)
    } else if let known = agent.freshCases.remove(caseID),
      try agent.isFresh(since: known.at) || openedOrRefused().isCurrent(known.file)
    {
      registrar.use(known.file)
    }
    looked = nil
    return try registrar.begin(proposal, in: caseID)
  }

  /// Enters each record's making, then makes durable what must be there before
  /// the records have names.
  func prepare(_ records: [Identifier]) throws {
    let registrar = try registering()
    for record in records {
      try enter(try registrar.caseFile(ofSigned: record), record: record)
    }
    try registrar.prepare(records)
  }

  /// Looks through the vault, and lets others have their turns between two cases.
  func check(
    _ checking: Request.Checking, _ progress: (Int, Int) -> Void
  ) throws -> Check.Report {
    let vault = try openedOrRefused()
    try enter()
    let total = vault.keyring.count
    var report = try withoutActuallyEscaping(progress) { progress in
      try Check.run(
        vault, isDeep: checking.isDeep, repair: checking.repairs,
        progress: { done in
          progress(done, total)
          self.agent.turn.yield()
        },
        settle: agent.awaitRows(attempt:))
    }
    if checking.looksForLeaks { report.findings += try LeakCheck.run(vault) }
    return report
  }

  /// How the agent is.
  func status() -> Reply.Status {
    Reply.Status(
      remaining: agent.remaining, cases: agent.vault?.keyring.count ?? 0,
      unshipped: agent.membership.log.unshipped, process: agent.process,
      locksAllMemory: agent.locksAllMemory,
      mounts: agent.mounts.withLock { $0.values.sorted { $0.path < $1.path } })
  }
}
