import CaseVault
import Foundation
import Storage
import TestSupport
import Testing
import VaultFormat

/// Expects a refusal with this code.
@discardableResult
func expect(
  _ code: VaultError.Code, _ comment: Comment? = nil,
  _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> VaultError? {
  let error = #expect(
    throws: VaultError.self, comment, sourceLocation: location, performing: body)
  #expect(error?.code == code, comment, sourceLocation: location)
  return error
}

func text(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes that do not repeat with the size of a chunk.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

/// Whether two runs of bytes are the same; quicker than `==` in a debug build, and not printed.
func isSame(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
  one.count == other.count
    && one.withUnsafeBytes { one in
      other.withUnsafeBytes { other in
        one.isEmpty || memcmp(one.baseAddress!, other.baseAddress!, one.count) == 0
      }
    }
}

/// Reads a record's content the way a pipe gets it; counts what was lent.
func lend(
  _ record: Record, _ office: Office, _ lent: inout Int
) throws {
  let vault = try office.open()
  let key = try vault.keyring.keys(of: record.caseID)[0]
  let reader = try RecordReader.open(record.name, of: key, in: vault.vault)
  try reader.verifyThenForEachRun { lent += $0.count }
}

/// Expects that a record is refused as damaged on every path, that not a byte
/// of it is lent, and that the rest of the vault is as good as before.
func expectDamaged(
  _ record: Record, _ office: Office, _ comment: Comment? = nil,
  isFrontDamaged: Bool = true, _ location: SourceLocation = #_sourceLocation
) throws {
  var lent = 0
  expect(.damaged, comment, location) { try lend(record, office, &lent) }
  #expect(lent == 0, comment, sourceLocation: location)
  let vault = try office.open()
  let file = try vault.caseFile(record.caseID)
  #expect(file.damaged.isEmpty != isFrontDamaged, comment, sourceLocation: location)
  let report = try Check.run(vault, isDeep: true, repair: false)
  #expect(report.hasDamage, comment, sourceLocation: location)
  #expect(
    report.findings.contains { $0.kind == .damaged && $0.path.hasPrefix(file.key.folder) },
    comment, sourceLocation: location)
}

extension Office {
  /// Deep findings of a fresh command, without those about cut-off runs.
  func deepFindings(_ location: SourceLocation = #_sourceLocation) throws -> [Finding] {
    try Check.run(open(), isDeep: true, repair: false).findings
  }

  func findings(_ kind: Finding.Kind) throws -> [Finding] {
    try deepFindings().filter { $0.kind == kind }
  }
}
