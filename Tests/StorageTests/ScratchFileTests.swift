import Foundation
import Storage
import SystemPackage
import Testing

/// A file of the home that is written anywhere and again.
@Suite struct ScratchFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func itIsWrittenAnywhereAndReadAgain() throws {
    let file = try scratch.folder().scratchFile(creating: "spool/a/file")
    #expect(file.path == "spool/a/file")
    try file.write(bytes("later"), at: 10)
    try file.write(bytes("first"), at: 0)
    try file.write(bytes("XY"), at: 1)
    #expect(try file.read(count: 15, at: 0) == bytes("fXYst\0\0\0\0\0later"))
    #expect(scratch.text("spool/a/file") == "fXYst\0\0\0\0\0later")
    try file.write([], at: 99)
    #expect(try file.read(count: 3, at: 1) == bytes("XYs"))
  }

  @Test func readingEndsWhereTheFileEnds() throws {
    let file = try scratch.folder().scratchFile(creating: "file")
    #expect(try file.read(count: 9, at: 0) == [])
    try file.write(bytes("0123456789"), at: 0)
    #expect(try file.read(count: 9, at: 7) == bytes("789"))
    #expect(try file.read(count: 9, at: 10) == [])
    #expect(try file.read(count: 9, at: 1 << 40) == [])
    #expect(try file.read(count: 0, at: 3) == [])
    #expect(throws: StorageError.self) { _ = try file.read(count: 1, at: -1) }
    #expect(throws: StorageError.self) { try file.write([1], at: -1) }
  }

  @Test func fileAndFoldersAreThePersonsAlone() throws {
    _ = try scratch.folder().scratchFile(creating: "spool/a/file")
    #expect(try scratch.mode("spool") == 0o700)
    #expect(try scratch.mode("spool/a") == 0o700)
    #expect(try scratch.mode("spool/a/file") == 0o600)
  }

  @Test func nothingThatIsThereIsTakenOver() throws {
    try scratch.plant("old", at: "file")
    try scratch.plantLink("link", to: "nowhere")
    try scratch.plantPipe("pipe")
    try scratch.plantFolder("folder")
    for name in ["file", "link", "pipe", "folder"] {
      let error = #expect(throws: StorageError.self) {
        _ = try scratch.folder().scratchFile(creating: name)
      }
      #expect(error?.errno == .fileExists && error?.operation == .create)
    }
    #expect(scratch.text("file") == "old")
    #expect(scratch.names() == ["file", "folder", "link", "pipe"])
  }

  @Test func laterProgramGoesOn() throws {
    try scratch.folder().scratchFile(creating: "file").write(bytes("one two"), at: 0)
    let file = try scratch.folder().scratchFile(opening: "file")
    try file.write(bytes("TWO"), at: 4)
    #expect(try file.read(count: 99, at: 0) == bytes("one TWO"))
    let faults = Faults(.none)
    let again = try scratch.folder(faults).scratchFile(opening: "file")
    try again.sync()
    // Its name is durable since whoever made it synced it.
    #expect(faults.trace == ["sync file"])
  }

  @Test func onlyRegularFilesBelowTheFolderAreOpened() throws {
    try scratch.plant("outside", at: "outside")
    try scratch.plantFolder("home/folder")
    try scratch.plantLink("home/link", to: "../outside")
    try scratch.plantLink("home/up", to: "..")
    try scratch.plantPipe("home/pipe")
    let home = try Folder(scratch.at("home"))
    for name in ["link", "pipe", "folder", "up/outside"] {
      #expect(throws: StorageError.self, "\(name)") { _ = try home.scratchFile(opening: name) }
    }
    expect(.notRegular) { _ = try home.scratchFile(opening: "pipe") }
    for name in ["", "..", "../outside", "/etc/hostname", "a//b", "."] {
      #expect(throws: StorageError.self, "\(name)") { _ = try home.scratchFile(opening: name) }
      #expect(throws: StorageError.self, "\(name)") { _ = try home.scratchFile(creating: name) }
    }
    let error = #expect(throws: StorageError.self) { _ = try home.scratchFile(opening: "gone") }
    #expect(error?.isMissing == true)
    #expect(scratch.text("outside") == "outside")
  }

  @Test func nameIsMadeDurableOnceWithTheFirstSync() throws {
    let faults = Faults(.none)
    let file = try scratch.folder(faults).scratchFile(creating: "spool/file")
    try file.write([1], at: 0)
    let before = faults.count
    try file.sync()
    try file.sync()
    #expect(
      faults.trace.dropFirst(before) == ["sync spool/file", "sync spool", "sync spool/file"])
    // The folder's own name, before anything lies in it.
    #expect(
      faults.trace.prefix(before) == [
        "makeFolder spool", "sync ", "create spool/file", "write spool/file",
      ])
  }

  @Test func afterAnErrorOfTheMediumItIsNeverSyncedAgain() throws {
    for errno in [Errno.ioError, .readOnlyFileSystem] {
      for step in 0..<2 {
        let scratch = try Scratch()
        let faults = Faults(.fail(nth: try creating() + 2 + step, errno))
        let file = try scratch.folder(faults).scratchFile(creating: "spool/file")
        try file.write([1], at: 0)
        let first = #expect(throws: StorageError.self) { try file.sync() }
        #expect(first?.errno == errno && faults.struck)
        let before = faults.count
        for _ in 0..<2 {
          let error = #expect(throws: StorageError.self) { try file.sync() }
          #expect(error?.errno == .ioError && error?.operation == .sync)
        }
        #expect(faults.count == before)
      }
    }
  }

  @Test func fullDiskMayHaveRoomLater() throws {
    for step in 0..<2 {
      let scratch = try Scratch()
      let faults = Faults(.fail(nth: try creating() + 2 + step, .noSpace))
      let file = try scratch.folder(faults).scratchFile(creating: "spool/file")
      try file.write([1], at: 0)
      let error = #expect(throws: StorageError.self) { try file.sync() }
      #expect(error?.isOutOfSpace == true)
      let before = faults.count
      try file.sync()
      // The name was not known to be durable: all of it again.
      #expect(faults.trace.dropFirst(before) == ["sync spool/file", "sync spool"])
    }
  }

  @Test func shareThatSyncsNoFoldersWillDo() throws {
    let faults = Faults(.fail(nth: try creating() + 2, .invalidArgument))
    let file = try scratch.folder(faults).scratchFile(creating: "spool/file")
    try file.sync()
    try file.sync()
    #expect(faults.struck)
  }

  /// How many steps it takes until the file is there.
  private func creating() throws -> Int {
    let scratch = try Scratch()
    let faults = Faults(.none)
    _ = try scratch.folder(faults).scratchFile(creating: "spool/file")
    return faults.count
  }

  @Test func tornWriteIsSaid() throws {
    let faults = Faults(.tornWrite(nth: 2))
    let file = try scratch.folder(faults).scratchFile(creating: "file")
    try file.write(bytes("0123456789"), at: 0)
    expect(.system) { try file.write(bytes("abcd"), at: 2) }
    #expect(scratch.text("file") == "01ab456789")
    try file.write(bytes("abcd"), at: 2)
    #expect(scratch.text("file") == "01abcd6789")
  }

  @Test func eachFaultIsThrownAndTheNextRunFinishes() throws {
    for errno in [Errno.noSpace, .ioError, .readOnlyFileSystem] {
      var nth = 1
      while true {
        let scratch = try Scratch(inMemory: true)
        let faults = Faults(.fail(nth: nth, errno))
        let outcome = Result {
          let file = try scratch.folder(faults).scratchFile(creating: "spool/a/file")
          try file.write(bytes("text"), at: 0)
          try file.sync()
          try file.remove()
        }
        guard faults.struck else {
          try outcome.get()
          #expect(scratch.names("spool/a") == [])
          break
        }
        #expect(throws: StorageError.self) { try outcome.get() }
        let again = try scratch.folder().scratchFile(creating: "spool/a/again")
        try again.write(bytes("again"), at: 0)
        try again.sync()
        #expect(scratch.text("spool/a/again") == "again")
        nth += 1
      }
      #expect(nth > 6)
    }
  }

  @Test func nameIsTakenAwayAndNoOther() throws {
    let folder = try scratch.folder()
    let file = try folder.scratchFile(creating: "spool/file")
    try scratch.plant("other", at: "spool/other")
    try file.write(bytes("text"), at: 0)
    try file.remove()
    #expect(scratch.names("spool") == ["other"])
    // Whoever has it open has it still.
    #expect(try file.read(count: 4, at: 0) == bytes("text"))
    try file.remove()
    try scratch.plantFolder("spool/file")
    #expect(throws: StorageError.self) { try file.remove() }
  }

  @Test func severalThreadsWriteAndReadTheirParts() throws {
    let file = try scratch.folder().scratchFile(creating: "file")
    DispatchQueue.concurrentPerform(iterations: 8) { lane in
      for turn in 0..<50 {
        let part = [UInt8](repeating: UInt8(lane * 10 + turn % 10), count: 1_000)
        try? file.write(part, at: lane * 1_000)
        if (try? file.read(count: 1_000, at: lane * 1_000)) != part { Issue.record("\(lane)") }
        if turn % 10 == 9 { try? file.sync() }
      }
    }
    for lane in 0..<8 {
      #expect(try file.read(count: 1, at: lane * 1_000) == [UInt8(lane * 10 + 9)])
    }
  }
}
