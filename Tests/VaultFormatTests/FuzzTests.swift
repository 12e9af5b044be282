import Testing
import VaultFormat

/// Seeded mutations of good files: no parser traps, and what is read is written
/// as it was. libFuzzer goes further, out of process.
struct FuzzTests {
  private static let jsonTokens = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\u001f", "\\n", "-", "0", "9", "null",
    "true", "false", "e", ".", " ", "\u{0}", "\"a\":", "[]", "{}", "9007199254740991",
  ].map { Array($0.utf8) }

  @Test(arguments: try Sample.all())
  func noMutationOfAFileTrapsItsReader(sample: Sample) {
    var mutator = Mutator(seed: 0x5eed, tokens: Self.jsonTokens)
    var misread: [[UInt8]] = []
    for _ in 0..<3_000 {
      let mutated = mutator.mutate(sample.bytes)
      guard let again = try? sample.rewritten(mutated) else { continue }
      if sample.isExact {
        if again != mutated { misread.append(mutated) }
      } else if sample.name != "epoch document", (try? sample.rewritten(again)) != again {
        misread.append(mutated)
      }
    }
    #expect(misread.isEmpty)
  }

  @Test(arguments: [
    #"{"a":[1,-2,{"b":null}],"b":"é\n\u0001\"","c":{"":true,"x":false}}"#,
    #"[[],{},"",0,[["a",[{"k":"v"}]]],9007199254740991]"#,
    #"{"author":"aaaaaaaaaaaaaaaaaaaaaaaaaa","length":5000,"parents":[],"title":"x\\y"}"#,
  ])
  func jsonThatIsReadIsWrittenAsItWas(text: String) throws {
    var mutator = Mutator(seed: 0x150, tokens: Self.jsonTokens)
    let bytes = Array(text.utf8)
    #expect(try JSON(canonical: bytes).canonical == bytes)
    var (read, misread) = (0, [[UInt8]]())
    var good = bytes
    for round in 0..<5_000 {
      let mutated = mutator.mutate(good)
      if let json = try? JSON(canonical: mutated) {
        read += 1
        if json.canonical != mutated { misread.append(mutated) }
        good = mutated
      }
      // A walk from good to good, and home again before it is all one short word.
      if round % 16 == 0 { good = bytes }
    }
    #expect(misread.isEmpty)
    #expect(read > 20, "too few mutations were good to tell anything")
  }

  @Test func valuesRoundTripThroughJSON() throws {
    var random = Seeded(7)
    for _ in 0..<500 {
      let value = Self.value(depth: 0, &random)
      #expect(try JSON(canonical: value.canonical) == value)
    }
  }

  private static func value(depth: Int, _ random: inout Seeded) -> JSON {
    switch Int.random(in: 0..<(depth < 4 ? 6 : 4), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(Int.random(in: JSON.integers, using: &random))
    case 3: return .string(text(&random))
    case 4:
      let count = Int.random(in: 0..<4, using: &random)
      return .array((0..<count).map { _ in value(depth: depth + 1, &random) })
    default:
      var members: [String: JSON] = [:]
      for _ in 0..<Int.random(in: 0..<4, using: &random) {
        let name = text(&random).unicodeScalars.filter(\.isASCII)
        members[String(String.UnicodeScalarView(name))] = value(depth: depth + 1, &random)
      }
      return .object(members)
    }
  }

  private static func text(_ random: inout Seeded) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<12, using: &random) {
      let wide = Bool.random(using: &random) ? UInt32(0x80) : 0x11_0000
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<wide, using: &random)) {
        text.append(scalar)
      }
    }
    return String(text)
  }

  @Test func base32ThatIsReadIsWrittenAsItWas() {
    var random = Seeded(32)
    let characters = Array("abcdefghijklmnopqrstuvwxyz2345670189=A ")
    var misread: [String] = []
    for _ in 0..<5_000 {
      let count = Int.random(in: 0..<12, using: &random)
      let text = String((0..<count).map { _ in characters.randomElement(using: &random) ?? "a" })
      if let bytes = Base32.decode(text), Base32.encode(bytes) != text { misread.append(text) }
    }
    #expect(misread.isEmpty)
  }

  @Test func everyDayOfFourCenturiesRoundTrips() throws {
    var wrong: [Int] = []
    var previous = try #require(CivilDate("1899-12-31"))
    for number in (previous.dayNumber + 1)...(previous.dayNumber + 146_097) {
      let day = try #require(CivilDate(dayNumber: number))
      if day.dayNumber != number || !(previous < day) { wrong.append(number) }
      previous = day
    }
    #expect(wrong.isEmpty)
    #expect(previous.text == "2299-12-31")
    #expect(CivilDate(dayNumber: -719_163) == nil)
    #expect(CivilDate(dayNumber: 2_932_897) == nil)
    #expect(CivilDate(dayNumber: .max) == nil && CivilDate(dayNumber: .min) == nil)
  }

  @Test(arguments: try Vector.all("time") + Vector.all("date"))
  func noMutationOfADateTraps(vector: Vector) throws {
    var mutator = Mutator(
      seed: 1970, tokens: ["-", ":", "Z", "T", "0", "é"].map { Array($0.utf8) })
    let good = Array(try vector.text("text").utf8)
    var misread: [String] = []
    for _ in 0..<300 {
      let text = String(decoding: mutator.mutate(good), as: UTF8.self)
      if let time = Timestamp(text), time.text != text { misread.append(text) }
      if let date = CivilDate(text), date.text != text { misread.append(text) }
    }
    #expect(misread.isEmpty)
  }
}
