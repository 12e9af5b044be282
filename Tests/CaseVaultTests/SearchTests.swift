import CaseVault
import TestSupport
import Testing
import VaultFormat

@Suite struct SearchTests {
  @Test(arguments: [
    ("soren", "Søren O'Néill"), ("O'NÉILL", "Søren O'Néill"), ("neill soren", "Søren O'Néill"),
    ("sor nei", "Søren O'Néill"), ("lukasz", "Łukasz Żółć"), ("ŁUKASZ zolc", "Łukasz Żółć"),
    ("isil", "Işıl İnönü"), ("ISIL", "Işıl İnönü"), ("inonu", "Işıl İnönü"),
    ("İNÖNÜ", "inönü"), ("ışıl", "ISIL"), ("strasse", "Große Straße"), ("GROSSE", "Große Straße"),
    ("STRAẞE", "Straße"), ("muller", "Müller"), ("müller", "Mu\u{308}ller"),
    ("παπαδοπουλος", "Παπαδόπουλος"), ("ΠΑΠΑΔΟΠΟΥΛΟΣ", "Παπαδόπουλος"),
    ("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"), ("محمد", "مُحَمَّد"), ("أحمد", "احمد"),
    ("山田", "山田太郎"), ("やまだ", "やまだ たろう"), ("ヤマダ", "ヤマダ"), ("カ", "ガ"),
    ("नेहा", "नेहा शर्मा"), ("nguyen", "Nguyễn Thị Hương"), ("aesir", "Æsir"),
    ("s1234567", "S1234567"), ("elm", "12 Elm-Street"), ("street 12", "12 Elm-Street"),
    ("jose", "José"), ("nadia@uni", "nadia@uni.ac.uk"), ("иванов", "ИВАНОВ"), ("дениё", "Дение"),
    ("김", "김철수"), ("RÉSUMÉ", "my resume"), ("07700900123", "07700 900123"),
  ])
  func wordsAreFoundWithoutCaseAccentsOrOrder(typed: String, text: String) {
    #expect(SearchWords(typed).match([text]))
  }

  @Test(arguments: [
    ("oren", "Søren"), ("soren x", "Søren"), ("nn", "Anna"), ("山田太郎次", "山田太郎"), ("기", "김철수"),
    ("1234567", "s1234567"), ("a\u{0}b", "a"),
  ])
  func otherWordsAreNotFound(typed: String, text: String) {
    #expect(!SearchWords(typed).match([text]))
  }

  @Test(arguments: ["", " ", "-", "'", "\u{301}", "…", "\u{200B}"])
  func nothingTypedFindsNothing(typed: String) {
    #expect(SearchWords(typed).isEmpty)
  }

  @Test func wordsMayBeSpreadOverTheFieldsOfACase() throws {
    let office = try Office()
    let first = try office.openCase(
      Office.details(
        "Zoë Çelik", ["topic": "Rent arrears", "parties": ["Elm Lettings", "City Council"]]))
    let second = try office.openCase(Office.details("Zoe Clark", ["topic": "Visa"]))
    let index = try office.open().index()
    #expect(index.find("zoe").count == 2)
    #expect(index.find("zoe celik").map(\.caseID) == [first])
    #expect(index.find("visa ZOE").map(\.caseID) == [second])
    #expect(index.find("council rent çel").map(\.caseID) == [first])
    #expect(index.find("s1234567").count == 2)
    #expect(index.find("").isEmpty)
    #expect(index.find(office.manager.member).isEmpty)
  }
}
