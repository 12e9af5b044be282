import Dispatch
import Storage
import Synchronization
import Testing

@Suite struct SideBySideTests {
  /// Lets nobody pass before so many wait.
  private final class Gate: Sendable {
    private let wanted: Int
    private let waiting = Mutex(0)
    private let opening = DispatchSemaphore(value: 0)
    private let most = Mutex(0)

    init(for wanted: Int) { self.wanted = wanted }

    /// How many waited at once.
    var together: Int { most.withLock { $0 } }

    func pass() {
      let count = waiting.withLock { waiting in
        waiting += 1
        return waiting
      }
      most.withLock { $0 = max($0, count) }
      if count == wanted {
        for _ in 1..<wanted { opening.signal() }
      } else if count < wanted {
        _ = opening.wait(timeout: .now() + 20)
      }
    }
  }

  @Test func eightFilesAreUnderWayAtOnce() throws {
    let scratch = try Scratch()
    let names = (0..<8).map { "file\($0)" }
    for name in names { try scratch.plant(name, at: "shelf/\(name)") }
    let gate = Gate(for: SideBySide.width)
    let faults = Faults(.none, reading: { _ in gate.pass() })
    let results = try scratch.folder(faults).shelf("shelf").read(names, atMost: 10)
    #expect(gate.together == 8)
    #expect(try results.map { try $0.get() } == names.map { Array($0.utf8) })
  }

  @Test func neverMoreThanEight() throws {
    let running = Mutex((now: 0, most: 0))
    let results = SideBySide.map(Array(0..<500)) { item in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      defer { running.withLock { $0.now -= 1 } }
      return item * 2
    }
    #expect(try results.map { try $0.get() } == (0..<500).map { $0 * 2 })
    #expect(running.withLock { $0.most } <= 8)
  }

  @Test func eachFileHasItsOwnResult() throws {
    let scratch = try Scratch()
    try scratch.plant("small", at: "shelf/a")
    try scratch.plant("much too large", at: "shelf/b")
    try scratch.plantPipe("shelf/c")
    try scratch.plantLink("shelf/d", to: "a")
    let shelf = try scratch.folder().shelf("shelf")
    let results = shelf.read(["a", "b", "c", "d", "e", "../a", ""], atMost: 5)
    #expect(try results[0].get() == Array("small".utf8))
    let reasons = results.dropFirst().map { result in
      #expect(throws: StorageError.self) { try result.get() }
      if case .failure(let error as StorageError) = result { return error.reason }
      return .crashed
    }
    #expect(
      reasons
        == [.tooLarge(limit: 5), .notRegular, .notRegular, .system, .badName, .badName])
    #expect(SideBySide.map([Int]()) { $0 }.isEmpty)
  }

  @Test func folderThatIsNotThereIsAnEmptyShelf() throws {
    let scratch = try Scratch()
    let shelf = try scratch.folder().shelf("nowhere")
    #expect(shelf.listing.entries.isEmpty)
    let error = #expect(throws: StorageError.self) { try shelf.read("a", atMost: 1) }
    #expect(error?.isMissing == true)
  }

  @Test func severalFilesAreReplacedTogether() throws {
    let scratch = try Scratch()
    try scratch.plant("old", at: "home/a")
    let faults = Faults(.none)
    let files = ["a", "b"].map { (name: $0, bytes: Array("new \($0)".utf8)) }
    try scratch.folder(faults).replace(files, in: "home")
    #expect(scratch.text("home/a") == "new a" && scratch.text("home/b") == "new b")
    #expect(faults.trace.filter { $0 == "sync home" }.count == 1)
    #expect(throws: StorageError.self) {
      try scratch.folder().replace([(name: "../x", bytes: [])], in: "home")
    }
  }
}
