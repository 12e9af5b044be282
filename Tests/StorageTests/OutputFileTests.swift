import Storage
import Testing

@Suite struct OutputFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func fileHasItsNameOnlyOnceItIsWhole() throws {
    let file = try OutputFile(scratch.at("letter.pdf"))
    try file.append(bytes("words"))
    #expect(scratch.text("letter.pdf") == nil)
    #expect(scratch.names().allSatisfy { $0.hasPrefix(".letter.pdf.casevault-") })
    try file.commit()
    #expect(scratch.text("letter.pdf") == "words")
    #expect(scratch.names() == ["letter.pdf"])
    #expect(try scratch.mode("letter.pdf") == 0o600)
  }

  @Test func existingFileIsReplacedOnlyWhenAsked() throws {
    try scratch.plant("theirs", at: "letter.pdf")
    expect(.alreadyExists) { _ = try OutputFile(scratch.at("letter.pdf")) }
    #expect(scratch.text("letter.pdf") == "theirs")
    let file = try OutputFile(scratch.at("letter.pdf"), replacing: true)
    try file.append(bytes("new"))
    try file.commit()
    #expect(scratch.text("letter.pdf") == "new")
  }

  @Test func fileThatComesMeanwhileIsLeftAlone() throws {
    let file = try OutputFile(scratch.at("letter.pdf"))
    try scratch.plant("theirs", at: "letter.pdf")
    expect(.alreadyExists) { try file.commit() }
    #expect(scratch.text("letter.pdf") == "theirs")
    #expect(scratch.names() == ["letter.pdf"])
  }

  @Test func fileThatIsLetGoLeavesNothing() throws {
    try OutputFile(scratch.at("one")).append(bytes("half"))
    #expect(scratch.names() == [])
  }

  @Test func longestNameIsPossible() throws {
    let name = String(repeating: "é", count: 127)
    let file = try OutputFile(scratch.at(name))
    try file.commit()
    #expect(scratch.text(name) == "")
  }
}
