import Testing
import VaultFormat

/// Base32, JSON, dates and times against Vault/vectors (FORMAT §1).
struct TextVectorTests {
  @Test(arguments: try Vector.all("base32"))
  func base32IsReadInOneSpelling(vector: Vector) throws {
    let text = try vector.text("text")
    let decoded = Base32.decode(text)
    #expect(decoded == vector.bytes(ifThere: "data"))
    if let decoded { #expect(Base32.encode(decoded) == text) }
  }

  @Test(arguments: try Vector.all("json"))
  func jsonIsReadInOneSpelling(vector: Vector) throws {
    let data = try vector.bytes("data")
    if let json = vector.read({ () throws(FormatError) in try JSON(canonical: data) }) {
      #expect(json.canonical == data)
    }
  }

  @Test(arguments: try Vector.all("date"))
  func datesAreDaysOfTheCalendar(vector: Vector) throws {
    let text = try vector.text("text")
    let date = CivilDate(text)
    #expect(date?.dayNumber == vector.number(ifThere: "day"))
    if let date {
      #expect(date.text == text)
      #expect(CivilDate(dayNumber: date.dayNumber) == date)
    }
  }

  @Test(arguments: try Vector.all("time"))
  func timesAreWholeSecondsInUTC(vector: Vector) throws {
    let text = try vector.text("text")
    let time = Timestamp(text)
    #expect(time?.seconds == vector.number(ifThere: "seconds"))
    if let time { #expect(time.text == text) }
  }

  @Test(arguments: try Vector.all("padme"))
  func recordsHaveTheSizesOfTheTable(vector: Vector) throws {
    let length = try vector.number("length")
    guard let layout = vector.read({ () throws(FormatError) in try RecordLayout(length: length) })
    else { return }
    #expect(layout.paddedLength == (try vector.number("padded")))
    #expect(layout.chunkCount == (try vector.number("chunks")))
    #expect(layout.hashPieceCount == (try vector.number("pieces")))
    #expect(layout.fileSize == (try vector.number("size")))
  }

  @Test func everyFolderOfVectorsHasATest() throws {
    let here: Set = [
      "base32", "date", "descriptor", "epoch", "grant", "identity", "index-row", "index-segment",
      "json", "key-segment", "log-body", "log-segment", "log-spool", "manifest",
      "manifest-plaintext", "padme", "record", "request", "roster", "statement", "time",
      "unlock-key",
    ]
    let inSealingTests: Set = [
      "aead", "box", "chunk", "hash", "hash-list", "kdf", "passphrase", "sealed-statement",
      "signature",
    ]
    #expect(try Vector.folders() == here.union(inSealingTests))
  }
}
