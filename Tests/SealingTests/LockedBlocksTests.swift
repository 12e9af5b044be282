import Foundation
import Sealing
import Testing

/// Memory for what people are writing and reading at this moment.
struct LockedBlocksTests {
  private func fill(_ block: LockedBlocks.Block, _ byte: UInt8) {
    block.bytes.initializeMemory(as: UInt8.self, repeating: byte)
  }

  @Test func blocksAreZeroOfTheirSizeAndApart() throws {
    let blocks = try LockedBlocks(count: 5, size: 8_192)
    let taken = try (0..<5).map { _ in try #require(blocks.take()) }
    for (number, block) in taken.enumerated() {
      #expect(block.bytes.count == 8_192 && block.bytes.allSatisfy { $0 == 0 })
      fill(block, UInt8(number + 1))
    }
    for (number, block) in taken.enumerated() {
      #expect(block.bytes.allSatisfy { $0 == UInt8(number + 1) })
    }
  }

  @Test func whereNoneIsLeftThereIsNone() throws {
    let blocks = try LockedBlocks(count: 2, size: 4_096)
    #expect(blocks.freeCount == 2)
    var first = blocks.take()
    let second = blocks.take()
    #expect(first != nil && second != nil && blocks.freeCount == 0)
    #expect(blocks.take() == nil)
    first = nil
    #expect(blocks.freeCount == 1)
    #expect(blocks.take() != nil)
    // It was given back at once.
    #expect(blocks.freeCount == 1)
  }

  @Test func whatIsGivenBackIsWipedAtOnce() throws {
    let blocks = try LockedBlocks(count: 1, size: 65_536)
    var block = blocks.take()
    let bytes = try #require(block?.bytes)
    try fill(#require(block), 0xa5)
    block = nil
    // Its memory is the pool's, and can be looked at after it was given back.
    withExtendedLifetime(blocks) {
      #expect(blocks.freeCount == 1)
      #expect(bytes.allSatisfy { $0 == 0 })
    }
  }

  @Test func blocksOutliveWhoeverTookThem() throws {
    func taken() throws -> LockedBlocks.Block {
      try #require(try LockedBlocks(count: 3, size: 4_096).take())
    }
    let block = try taken()
    fill(block, 7)
    #expect(block.bytes.allSatisfy { $0 == 7 })
  }

  /// Linux says of each mapping how much of it is locked.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/smaps")))
  func theyAreLockedAndKeptOutOfDumps() throws {
    let blocks = try LockedBlocks(count: 4, size: 65_536)
    let block = try #require(blocks.take())
    let address = UInt(bitPattern: block.bytes.baseAddress)
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let smaps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var isOurs = false
    var locked = 0
    var flags = ""
    for line in smaps.split(separator: "\n") {
      let words = line.split(separator: " ")
      let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if ends.count == 2 { isOurs = ends[0] <= address && address < ends[1] }
      guard isOurs else { continue }
      if words[0] == "Locked:" { locked = Int(words[1]) ?? 0 }
      if words[0] == "VmFlags:" { flags = String(line) }
    }
    #expect(locked >= 256)
    #expect(flags.contains(" lo") && flags.contains(" dd"), "\(flags)")
    withExtendedLifetime(block) {}
  }

  @Test func severalThreadsNeverShareABlock() throws {
    let blocks = try LockedBlocks(count: 6, size: 4_096)
    nonisolated(unsafe) let failures = UnsafeMutablePointer<Int>.allocate(capacity: 8)
    failures.initialize(repeating: 0, count: 8)
    defer { failures.deallocate() }
    DispatchQueue.concurrentPerform(iterations: 8) { lane in
      for _ in 0..<500 {
        guard let block = blocks.take() else { continue }
        if !block.bytes.allSatisfy({ $0 == 0 }) { failures[lane] += 1 }
        fill(block, UInt8(lane + 1))
        if !block.bytes.allSatisfy({ $0 == UInt8(lane + 1) }) { failures[lane] += 1 }
      }
    }
    #expect((0..<8).allSatisfy { failures[$0] == 0 })
    #expect(blocks.freeCount == 6)
  }

  @Test(arguments: [
    (0, 4_096), (-1, 4_096), (1, 0), (1, -4_096), (1, 4_095), (1, 4_097), (1, 100),
  ])
  func sizesOutOfBoundsAreRefused(count: Int, size: Int) {
    #expect(throws: SealingError.outOfBounds) { _ = try LockedBlocks(count: count, size: size) }
  }

  @Test func moreThanThereIsIsRefused() {
    #expect(throws: SealingError.lockedMemoryUnavailable) {
      _ = try LockedBlocks(count: 1 << 40, size: 4_096)
    }
  }
}
