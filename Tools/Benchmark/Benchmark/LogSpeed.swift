internal import CaseVault
internal import VaultFormat

/// How fast entries go into the access log of a device, and how fast a log verifies.
struct LogSpeed {
  private let path: String
  private let entries: Int
  private let rounds: Int

  init(at path: String, entries: Int, rounds: Int) {
    self.path = path
    self.entries = entries
    self.rounds = rounds
  }

  func measure() throws {
    let office = try Office.make(at: path)
    let filing = Filing(in: office.vault)
    let opening = try filing.open(office.details(0), worked: office.vault.today()).opening
    try filing.commit()
    let file = try office.vault.caseFile(opening.caseID)
    let log = office.vault.membership.log
    var (inWindow, synced, verifying) = (Times(), Times(), Times())
    // Reading one case: one entry in two seconds is synced, with those since.
    try inWindow.measure {
      for _ in 0..<entries {
        try log.enter(
          AccessEntry(
            "get", caseID: file.id, record: opening.id, program: "/usr/bin/casevault",
            details: ["ref": "K4F2-9QX7"]),
          caseKey: file.key)
      }
    }
    // Without a case each is synced.
    let few = max(entries / 50, 1)
    try synced.measure {
      for _ in 0..<few { try log.enter(AccessEntry("case list", program: "/usr/bin/casevault")) }
    }
    try log.close()
    var count = 0
    for _ in 0..<rounds {
      try verifying.measure {
        count = try LogStreams.read(office.vault.vault, home: office.vault.home).count
      }
    }
    report("log.window_entries_per_s", Double(entries) / inWindow.best)
    report("log.synced_entries_per_s", Double(few) / synced.best)
    report("log.entries", Double(count))
    report("log.verified_entries_per_s.best", Double(count) / verifying.best)
    report("log.verified_entries_per_s.median", Double(count) / verifying.median)
  }
}
