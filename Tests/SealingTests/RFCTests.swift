import Sealing
import Testing

/// The primitives against the documents that define them, where our narrow
/// interface reaches their examples. RFC 8439 and RFC 9106 exercise associated
/// data, lanes and secrets that `Sealing` does not offer; Tools/make_vectors.py
/// checks its own ChaCha20-Poly1305 and Argon2id against them, and the vectors
/// come from those.
struct RFCTests {
  /// BLAKE2b with a 32-byte digest and nothing else (RFC 7693; values of the BLAKE2 authors).
  @Test(arguments: [
    ("", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
    ("abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
  ])
  func blake2bIsThatOfItsAuthors(text: String, digest: String) throws {
    #expect(hash(Label(""), Array(text.utf8)).array == (try hex(digest)))
  }

  /// draft-irtf-cfrg-xchacha-03, A.3.1.
  @Test func xChaCha20Poly1305IsThatOfTheDraft() throws {
    let plaintext = Array(
      ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        + "future, sunscreen would be it.").utf8)
    let sealed = try hex(
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f"
        + "4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc36948"
        + "8f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49")
    let envelopeKey = try key(Array(0x80...0x9f))
    let nonce: [UInt8] = Array(0x40...0x57)
    let data = try hex("50515253c0c1c2c3c4c5c6c7")
    #expect(Envelope.seal(plaintext, key: envelopeKey, nonce: nonce, data: data) == sealed)
    #expect(try Envelope.open(sealed, key: envelopeKey, nonce: nonce, data: data) == plaintext)
  }

  /// RFC 8032, 7.1, tests 1 to 3: seed, public key, message, signature.
  @Test(arguments: [
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ])
  func ed25519IsThatOfRFC8032(example: [String]) throws {
    let signer = try SigningKey(seed: key(hex(example[0])))
    let (message, signature) = (try hex(example[2]), try hex(example[3]))
    #expect(signer.publicKey.array == (try hex(example[1])))
    #expect(signer.sign("", message) == signature)
    try verify(signature, by: signer.publicKey, "", message)
  }

  /// RFC 7748, 6.1: private and public halves of Alice and Bob.
  @Test(arguments: [
    (
      "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    ),
    (
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    ),
  ])
  func x25519IsThatOfRFC7748(privateHalf: String, publicHalf: String) throws {
    let pair = UnlockKey(secret: try key(hex(privateHalf)))
    #expect(pair.publicKey.array == (try hex(publicHalf)))
  }

  private func hex(_ text: String) throws -> [UInt8] {
    let digits = Array(text)
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
    }
  }
}
