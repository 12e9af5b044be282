import Mount
import Testing

struct FileNamesTests {
  @Test(arguments: [
    ("letter.txt", "letter.txt"), ("Re: deposit.eml", "Re_ deposit.eml"),
    ("a/b\\c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j"), ("trailing. . ", "trailing"),
    ("  leading", "leading"), (".hidden", "_hidden"), ("~$lock.docx", "_$lock.docx"),
    ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("console.txt", "console.txt"), ("", "_"),
    ("..", "_"), ("line\nbreak", "line_break"), ("\u{202e}txt.exe", "txt.exe"),
    ("👩‍👧 visit.txt", "👩‍👧 visit.txt"), ("Zoë", "Zoë"),
  ])
  func namesAreSafeEverywhere(_ name: String, _ safe: String) {
    #expect(FileNames.safe(name) == safe)
    #expect(FileNames.safe(safe) == safe, "a safe name stays")
  }

  @Test func longNamesKeepTheirEnding() {
    let name = FileNames.safe(String(repeating: "ë", count: 300) + ".docx")
    #expect(name.utf8.count <= 200)
    #expect(name.hasSuffix("ë.docx"))
  }

  @Test(arguments: [
    ".letter.txt.swp", ".~lock.letter.odt#", "~$letter.docx", ".goutputstream-X1Y2Z3", "lu12.tmp",
    "LETTER.TMP", "letter.txt~", "#letter.txt#", "sedAb12Cd", "4913", "a.part",
  ])
  func temporaryNamesAreKnown(_ name: String) {
    #expect(FileNames.isTemporary(name))
  }

  @Test(arguments: ["letter.txt", "sediment.txt", "sedAb12C", "template", "a.tmpx", "4913.txt"])
  func otherNamesAreNot(_ name: String) {
    #expect(!FileNames.isTemporary(name))
  }
}
