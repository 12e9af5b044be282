import TestSupport
import Testing

/// An identity file that was altered is refused before it costs anything.
struct HostileIdentityTests {
  private func alter(_ desk: Desk, _ change: (inout [UInt8]) throws -> Void) throws {
    let path = try desk.home.files().first { $0.hasSuffix("/identity") }.orThrow()
    try desk.home.alter(path, change)
  }

  @Test(arguments: [1 << 40, 1 << 63, UInt64.max, (2 << 30) + 1_024, 0, 1_024] as [UInt64])
  func memoryOutOfBoundsIsNeverAllocated(_ memory: UInt64) throws {
    let desk = try Desk()
    try alter(desk) { bytes in
      for index in 0..<8 { bytes[112 + index] = UInt8(truncatingIfNeeded: memory >> (8 * index)) }
    }
    let wrapper = Needs.hasTime ? ["/usr/bin/time", "-f", "%M", "-o", "peak"] : []
    let ended = try desk.casevault("case", "list", through: wrapper)
    #expect(ended.status == 14)
    #expect(ended.errorMessages.count == 1)
    guard Needs.hasTime else { return }
    let peak = String(decoding: try desk.files.read("peak"), as: UTF8.self)
    let kibibytes = peak.split(separator: "\n").last.flatMap { Int($0) }
    #expect(try kibibytes.orThrow() < 60_000, "\(peak)")
  }

  @Test(arguments: [0, 17, UInt32.max] as [UInt32])
  func passesOutOfBoundsAreNeverMade(_ passes: UInt32) throws {
    let desk = try Desk()
    try alter(desk) { bytes in
      for index in 0..<4 { bytes[108 + index] = UInt8(truncatingIfNeeded: passes >> (8 * index)) }
    }
    let ended = try desk.casevault("case", "list")
    #expect(ended.status == 14)
    #expect(ended.errorMessages.count == 1)
  }

  @Test(arguments: [0, 1, 15, 16, 105, 191, 275])
  func aTruncatedIdentityIsDamaged(_ size: Int) throws {
    let desk = try Desk()
    try alter(desk) { $0 = Array($0.prefix(size)) }
    let ended = try desk.casevault("case", "list")
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: the identity in HOME is damaged
        ! casevault: hint: a computer whose identity is lost enrols again; keys are in no backup
        [14]
        """)
  }

  @Test(arguments: [20, 60, 90, 125, 140, 170, 200, 270])
  func aFlippedBitOpensNothing(_ place: Int) throws {
    let desk = try Desk()
    try alter(desk) { $0[place] ^= 1 }
    let ended = try desk.casevault("case", "list")
    #expect([12, 14, 15].contains(ended.status), "\(ended.errors)")
    #expect(ended.output.isEmpty)
    #expect(ended.errorMessages.count == 1)
  }

  @Test(arguments: [true, false]) func aLinkOrAPipeIsNoIdentity(_ isPipe: Bool) throws {
    let desk = try Desk()
    let path = try desk.home.files().first { $0.hasSuffix("/identity") }.orThrow()
    try desk.home.move(path, to: "moved")
    if isPipe {
      try desk.home.plantPipe(path)
    } else {
      try desk.home.plantLink(path, to: desk.home.at("moved"))
    }
    let ended = try desk.casevault("case", "list", through: ["timeout", "20"])
    #expect([1, 12, 14].contains(ended.status))
    #expect(ended.errorMessages.count == 1)
  }
}
