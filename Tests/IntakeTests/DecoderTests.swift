import Foundation
import Testing

/// Decoders of our own making in the place of the real ones.
@Suite("A decoder")
struct DecoderTests {
  private let pdf = Data("%PDF-1.4\n%%EOF\n".utf8)

  /// Runs with a `pdfinfo` that is this script, and returns what it left in its folder.
  private func run(
    pdfinfo script: String, seconds: Int = 20
  ) throws -> (outcome: IntakeProgram.Outcome, file: Data?, log: String) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("intake-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = folder.appendingPathComponent("pdfinfo")
    let file = folder.appendingPathComponent("file")
    let text = "#!/bin/sh\n" + script.replacing("FILE", with: file.path)
    try Data(text.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    var intake = IntakeProgram()
    intake.path = "\(folder.path):/usr/bin:/bin"
    let outcome = try intake.run(["scan", "--seconds", "\(seconds)"], on: pdf)
    return (outcome, try? Data(contentsOf: file), outcome.refusal ?? outcome.text)
  }

  @Test func canWriteNoFile() throws {
    let (outcome, file, _) = try run(pdfinfo: "echo secret > FILE\necho Error here >&2")
    #expect(outcome.exitCode == 2)
    #expect(file?.isEmpty ?? true)
  }

  @Test func seesLittleOfTheEnvironmentAndHasLimits() throws {
    let (_, _, log) = try run(
      pdfinfo: """
        echo "Error $(env | cut -d= -f1 | sort | tr '\\n' ' ') \
        $(ulimit -f) $(ulimit -c) $(ulimit -v) $(ulimit -Hv)" >&2
        """)
    #expect(log.contains("LANG PATH PWD VIPS_BLOCK_UNTRUSTED VIPS_CONCURRENCY VIPS_DISC_THRESHOLD"))
    #expect(log.hasSuffix("0 0 2097152 2097152"))
  }

  @Test func thatHangsIsKilled() throws {
    let start = ContinuousClock.now
    let mark = Int.random(in: 1_000_000...9_999_999)
    let (outcome, _, _) = try run(pdfinfo: "exec sleep \(mark)", seconds: 2)
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(outcome.refusal?.contains("decoded within 2 seconds") == true)
    #expect(!isRunning("sleep \(mark)"))
  }

  @Test func thatNeverStopsTalkingIsCutOff() throws {
    let start = ContinuousClock.now
    let (outcome, _, _) = try run(pdfinfo: "exec yes >&2", seconds: 100)
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(outcome.exitCode == 2)
  }

  @Test func thatIsMissingIsNamed() throws {
    var intake = IntakeProgram()
    intake.path = "/nonexistent"
    let outcome = try intake.run(["scan"], on: pdf)
    #expect(outcome.exitCode == 3)
    #expect(outcome.refusal == "pdfinfo is not installed: apt install poppler-utils")
  }
}

private func isRunning(_ words: String) -> Bool {
  let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return processes.contains { process in
    let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
    let text = line.map { $0 == 0 ? " " : String(UnicodeScalar($0)) }.joined()
    return text.hasPrefix(words)
  }
}
