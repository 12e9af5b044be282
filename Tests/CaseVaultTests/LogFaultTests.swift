import CaseVault
import Storage
import SystemPackage
import TestSupport
import Testing
import VaultFormat

/// The first change to home or vault fails, then the second, … until a run is clean. What was
/// acknowledged is in the log, once, in its order, and no chain forks.
@Suite struct LogFaultTests {
  enum Fault: String, CaseIterable {
    case full, readOnly, broken, torn, crash

    func plan(_ nth: Int) -> Faults.Plan {
      switch self {
      case .full: .fail(nth: nth, .noSpace)
      case .readOnly: .fail(nth: nth, .readOnlyFileSystem)
      case .broken: .fail(nth: nth, .ioError)
      case .torn: .tornWrite(nth: nth)
      case .crash: .crash(after: nth)
      }
    }
  }

  /// One program: enters, ships, enters, ships.
  ///
  /// - Returns: what was acknowledged.
  private func run(_ office: Office, _ faults: Faults, _ nth: Int) throws -> [String] {
    var kept: [String] = []
    let caseID = Identifier(InlineArray<32, UInt8>(repeating: 5))
    guard
      let membership = try? office.membership(
        home: office.home("home", faults: faults), faults: faults)
    else { return [] }
    for number in 0..<6 {
      let action = "\(nth)-\(number)"
      if (try? membership.log.enter(
        AccessEntry(action, caseID: number % 2 == 0 ? caseID : nil))) != nil
      {
        kept.append(action)
      }
      if number % 2 == 1 { try? membership.log.ship() }
    }
    try? membership.log.close()
    return kept
  }

  @Test(arguments: Fault.allCases)
  func nothingAcknowledgedIsLostAndNothingForks(_ fault: Fault) throws {
    let office = try Office()
    var kept: [String] = []
    for nth in 1...400 {
      let faults = Faults(fault.plan(nth))
      kept += try run(office, faults, nth)
      let comment: Comment = "\(fault) at \(nth): \(faults.trace.last ?? "")"
      kept += try run(office, Faults(.none), nth + 1_000)
      let streams = try office.streams()
      #expect(streams.findings.isEmpty, comment)
      let (entries, findings) = try office.logged()
      #expect(findings.isEmpty, comment)
      let actions = entries.sorted { $0.sequence < $1.sequence }.map(\.body.action)
      // One that was refused may be there, as begun.
      #expect(actions.filter(Set(kept).contains) == kept, comment)
      #expect(entries.map(\.sequence).sorted() == (0..<UInt64(entries.count)).map { $0 }, comment)
      if !faults.struck {
        #expect(nth > 1)
        return
      }
    }
    Issue.record("no run was clean")
  }

  @Test func fullDiskRefusesAndWorksAgain() throws {
    let office = try Office()
    try office.membership().log.enter(AccessEntry("before"))
    for nth in 1...30 {
      let faults = Faults(.fail(nth: nth, .noSpace))
      let log = try office.membership(home: office.home("home", faults: faults)).log
      let first = Result { try log.enter(AccessEntry("first \(nth)")) }
      if case .failure(let error) = first {
        #expect((error as? VaultError)?.code == .failed)
        #expect(faults.struck)
      }
      _ = try? log.enter(AccessEntry("second \(nth)"))
      if !faults.struck { return }
      try log.enter(AccessEntry("third \(nth)"))
      #expect(!log.isLost)
    }
    Issue.record("no run was clean")
  }
}
