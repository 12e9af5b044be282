import Terminal
import Testing

@Suite("Tables and widths")
struct TableTests {
  @Test(
    "a text is as wide as the terminal draws it",
    arguments: [
      ("", 0), ("abc", 3), ("Zoë", 3), ("Zoe\u{308}", 3), ("王小明", 6), ("김민준", 6),
      ("\u{1112}\u{1161}\u{11AB}", 2), ("ﾊﾛｰ", 3), ("🙂", 2), ("👨‍👩‍👧‍👦", 2), ("🇬🇧", 2), ("❤️", 2), ("❤", 1),
      ("…", 1), ("£", 1), ("שלום", 4),
    ])
  func widthIsWhatIsDrawn(text: String, width: Int) {
    #expect(displayWidth(text) == width)
  }

  @Test(
    "a text is cut between characters, the ellipsis included",
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("王小明", 5, "王小…"), ("王小明", 4, "王…"),
      ("Zoe\u{308}y", 3, "Zo…"), ("abc", 1, "…"), ("abc", 0, ""),
    ])
  func cutsBetweenCharacters(text: String, width: Int, cut: String) {
    #expect(truncated(text, toWidth: width) == cut)
  }

  private func cases() -> Table {
    var table = Table([
      .init("Reference", isWhole: true), .init("Client"), .init("Records", alignment: .trailing),
    ])
    table.add(["7K3Q-M2XD", "Amina Okafor", "12"])
    table.add(["9ABC-DEFG", "王小明", "3"])
    return table
  }

  @Test("columns line up, without trailing blanks")
  func columnsLineUp() {
    #expect(
      cases().rendered(width: nil) == [
        "Reference  Client        Records",
        "7K3Q-M2XD  Amina Okafor       12",
        "9ABC-DEFG  王小明              3",
      ])
  }

  @Test("a narrow terminal cuts the columns that may be cut")
  func narrowTerminalCuts() {
    #expect(
      cases().rendered(width: 28) == [
        "Reference  Client    Records",
        "7K3Q-M2XD  Amina O…       12",
        "9ABC-DEFG  王小明          3",
      ])
  }

  @Test("a reference is never cut")
  func wholeColumnsStayWhole() {
    for line in cases().rendered(width: 5).dropFirst() {
      #expect(line.hasPrefix("7K3Q-M2XD") || line.hasPrefix("9ABC-DEFG"))
    }
  }

  @Test("cells are escaped before they are measured")
  func cellsAreEscaped() {
    var table = Table("A", "B")
    table.add(["x\u{1B}[1m", "y"])
    #expect(table.rendered(width: nil) == ["A           B", #"x\u{1B}[1m  y"#])
  }

  @Test("missing cells are empty and surplus ones left out")
  func oddRowsFit() {
    var table = Table("A", "B")
    #expect(table.isEmpty)
    table.add(["1"])
    table.add(["1", "2", "3"])
    #expect(!table.isEmpty)
    #expect(table.rendered(width: nil) == ["A  B", "1", "1  2"])
  }
}
