import Storage
import SystemPackage
import Testing

/// A file of the home that grows at its end only.
@Suite struct JournalTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func itIsThisUsersAlone() throws {
    let journal = try scratch.folder().journal(creating: "log/0")
    try journal.append(bytes("one "))
    try journal.append(bytes("two"))
    try journal.sync()
    #expect(scratch.text("log/0") == "one two" && journal.size == 7)
    #expect(try scratch.mode("log/0") == 0o600 && scratch.mode("log") == 0o700)
    expect(.system) { _ = try scratch.folder().journal(creating: "log/0") }
  }

  @Test func itKnowsWhetherItIsInPlace() throws {
    let journal = try scratch.folder().journal(creating: "0")
    try journal.append(bytes("one"))
    #expect(journal.isInPlace)
    try scratch.move("0", to: "1")
    #expect(!journal.isInPlace)
    try scratch.plant("one", at: "0")
    #expect(!journal.isInPlace)
    try scratch.move("1", to: "0-again")
    #expect(!journal.isInPlace)
  }

  @Test func whatWasTornIsCutOff() throws {
    let faults = Faults(.tornWrite(nth: 2))
    let journal = try scratch.folder(faults).journal(creating: "0")
    try journal.append(bytes("one "))
    expect(.system) { try journal.append(bytes("torn in the middle")) }
    #expect(scratch.text("0") == "one " && journal.isInPlace)
    try journal.append(bytes("two"))
    #expect(scratch.text("0") == "one two")
  }

  @Test func whatIsTakenBackIsGone() throws {
    let journal = try scratch.folder().journal(creating: "0")
    try journal.append(bytes("one "))
    try journal.sync()
    try journal.append(bytes("two"))
    journal.takeBack(to: 4)
    #expect(scratch.text("0") == "one " && journal.size == 4 && journal.isInPlace)
    // What is durable stays.
    journal.takeBack(to: 2)
    #expect(scratch.text("0") == "one ")
  }

  @Test func syncThatFailedWritesOnceMore() throws {
    let syncs = try Scratch()
    let counting = Faults(.none)
    try syncs.folder(counting).journal(creating: "0").append(bytes("one"))
    let faults = Faults(.fail(nth: counting.count + 1, .noSpace))
    let journal = try scratch.folder(faults).journal(creating: "0")
    try journal.append(bytes("one"))
    expect(.system) { try journal.sync() }
    // The system may have dropped it from memory.
    try scratch.plant("xxx", at: "0")
    try journal.sync()
    #expect(scratch.text("0") == "one")
  }

  @Test func laterProgramCutsWhatIsTorn() throws {
    try scratch.plant("one tor", at: "0")
    let journal = try scratch.folder().journal(opening: "0", size: 4)
    try journal.append(bytes("two"))
    #expect(scratch.text("0") == "one two")
    expect(.changed) { _ = try scratch.folder().journal(opening: "0", size: 8) }
    try scratch.plantLink("link", to: "0")
    expect(.notRegular) { _ = try scratch.folder().journal(opening: "link", size: 0) }
  }

  @Test func lockIsOneHolders() throws {
    let folder = try scratch.folder()
    var lock = try folder.tryLock("vault/lock")
    #expect(lock != nil)
    #expect(try scratch.folder().tryLock("vault/lock") == nil)
    #expect(lock?.place == (try folder.lockPlace("vault/lock")))
    lock = nil
    #expect(try scratch.folder().tryLock("vault/lock") != nil)
    #expect(try scratch.mode("vault/lock") == 0o600)
  }
}
