import Testing
import VaultFormat

/// Bounds of roster entries and unlock keys that are too great to keep as vectors.
struct RosterBoundsTests {
  private static let admission = "roster/admit"
  private static let founding = "roster/found"

  @Test(arguments: [(4_096, true), (4_097, false)])
  func anAdmissionNamesAtMost4096Chains(count: Int, isRead: Bool) throws {
    var chains: [String: JSON] = [:]
    for number in 0..<count { chains[Self.identifier(number).text] = JSON(Self.identifier(0)) }
    try expect(Self.admission, "chains", .object(chains), isRead)
  }

  @Test(arguments: [(16_384, true), (16_385, false)])
  func anAdmissionNamesAtMost16384Tombstones(count: Int, isRead: Bool) throws {
    let tombstones = JSON(ascending: (0..<count).map(Self.identifier))
    try expect(Self.admission, "tombstones", tombstones, isRead)
  }

  @Test(arguments: [(256, true), (257, false)])
  func aRosterEntryListsAtMost256Kinds(count: Int, isRead: Bool) throws {
    let kinds: [JSON] = (0..<count).map { ["kind": .integer($0), "must": true, "since": "1"] }
    try expect(Self.founding, "kinds", .array(kinds), isRead)
  }

  @Test(arguments: [(1_000_000, true), (1_000_001, false)])
  func aChainHasAtMostAMillionUnlockKeys(number: Int, isRead: Bool) throws {
    let members: [String: JSON] = [
      "n": .integer(number), "previous": JSON(Self.identifier(1)),
      "unlock": JSON(Self.identifier(2)),
    ]
    if isRead {
      #expect(try UnlockKeyEntry(members).members == members)
    } else {
      #expect(throws: FormatError.invalid("n")) { try UnlockKeyEntry(members) }
    }
  }

  /// A good entry with another value of one name.
  private func expect(_ vector: String, _ name: String, _ value: JSON, _ isRead: Bool) throws {
    let good = try Statement(Vector.named(vector).bytes("file"))
    var members = try good.members()
    members[name] = value
    let statement = Statement(
      good.kind, vault: good.vault, roster: good.roster, device: good.device, body: members)
    if isRead {
      #expect(try RosterEntry(statement).kind == good.kind)
    } else {
      #expect(throws: FormatError.invalid(name)) { try RosterEntry(statement) }
    }
  }

  private static func identifier(_ number: Int) -> Identifier {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for byte in 0..<8 { bytes[byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
    return Identifier(bytes)
  }
}
