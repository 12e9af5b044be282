private let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
private let randomNameLength = 26

/// 26 random characters of lower-case base32, 130 bits: a name that no two devices pick.
func randomName() -> String {
  var generator = SystemRandomNumberGenerator()
  // Each number is a system call, and enough for twelve characters.
  var number: UInt64 = 0
  let characters = (0..<randomNameLength).map { place in
    number = place.isMultiple(of: 12) ? generator.next() : number >> 5
    return alphabet[Int(number & 31)]
  }
  return String(decoding: characters, as: UTF8.self)
}

/// Whether a name could come from ``randomName()``.
func isRandomName(_ name: String) -> Bool {
  name.utf8.count == randomNameLength && name.utf8.allSatisfy(alphabet.contains)
}
