/// 26 random characters of lower-case base32, 130 bits: a name that no two devices pick.
func randomName() -> String {
  let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
  var generator = SystemRandomNumberGenerator()
  let characters = (0..<26).map { _ in alphabet[Int(generator.next() & 31)] }
  return String(decoding: characters, as: UTF8.self)
}
