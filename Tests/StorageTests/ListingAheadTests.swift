import Storage
import Synchronization
import Testing

/// Folders that are listed before they are asked for.
@Suite struct ListingAheadTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func eachServesTheFirstWhoAsks() throws {
    try scratch.plant("a", at: "index/first")
    let folder = try scratch.folder()
    try folder.listingAhead(["index", "nothing"]) {
      try scratch.plant("b", at: "index/second")
      #expect(try folder.list("index").entries.map(\.shown) == ["first"])
      #expect(try folder.list("index").entries.count == 2)
      #expect(try folder.list("nothing").entries.isEmpty)
    }
  }

  @Test func filesOfItAreRead() throws {
    try scratch.plant("a", at: "index/file")
    let folder = try scratch.folder()
    try folder.listingAhead(["index"]) {
      let shelf = try folder.shelf("index")
      #expect(try shelf.read("file", atMost: 10) == bytes("a"))
    }
  }

  @Test func afterTheWorkNothingIsKept() throws {
    try scratch.plant("a", at: "index/first")
    let folder = try scratch.folder()
    folder.listingAhead(["index"]) {}
    try scratch.plant("b", at: "index/second")
    #expect(try folder.list("index").entries.count == 2)
  }

  @Test func whatCannotBeListedIsToldToWhoAsks() throws {
    try scratch.plant("no folder", at: "index")
    let folder = try scratch.folder()
    folder.listingAhead(["index", "../index"]) {
      expect(.notRegular) { _ = try folder.list("index") }
      expect(.badName) { _ = try folder.shelf("../index") }
    }
  }
}
