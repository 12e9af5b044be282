import Foundation
import TestSupport
import Testing

/// The real program, killed or refused at a call that changes the file system.
///
/// `Tools/crash_every_step` does this at every call; here a few are tried, each
/// hour others.
@Suite(.requiresLinux, .requires("strace", "bash", "python3")) struct CrashTests {
  @Test func whatWasAcknowledgedIsThereAfterAFewOfTheSteps() throws {
    let desk = try Desk(founded: false)
    let tool = Corpus.package.appendingPathComponent("Tools/crash_every_step").path
    let traced = try desk.shell("strace -o trace true")
    // Some containers forbid tracing.
    guard traced.status == 0 else { return }
    let hour = Int(Date().timeIntervalSince1970) / 3_600
    let ended = try desk.shell(
      "python3 '\(tool)' --program '\(try Desk.program())' --some 4 --start \(hour)")
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    #expect(ended.output.hasPrefix("4 steps, "), "\(ended.output)")
  }
}
