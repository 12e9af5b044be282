import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// FORMAT §11: the file with a device's private keys.
@Suite struct IdentityTests {
  let office: Office
  init() throws { office = try Office() }

  private var path: String { "\(office.vaultID.text)/identity" }

  private func open(_ passphrase: String = "correct horse") throws {
    let file = try office.home.identityFile(of: office.vaultID)
    _ = try Identity.open(file, with: try Office.passphrase(passphrase))
  }

  @Test func rightPassphraseOpensIt() throws {
    try open()
  }

  @Test(arguments: ["correct horsf", "correct horse ", "Correct horse", "c"])
  func wrongPassphraseIsRefused(passphrase: String) throws {
    expect(.noKey) { try open(passphrase) }
  }

  @Test func missingIdentityIsSaidToBeMissing() throws {
    expect(.noKey) { _ = try office.home("other").identityFile(of: office.vaultID) }
    expect(.noKey) { _ = try office.home.identityFile(of: Identifier(randomBytes(32))!) }
  }

  private static let mebibyte: UInt64 = 1 << 20

  /// Refused before anything is allocated: 1 TiB would not fit, 2^32 − 1 passes would not end.
  @Test(
    arguments: [
      (1, 1 << 40), (1, .max), (UInt32.max, 8 * mebibyte), (17, 8 * mebibyte), (0, 8 * mebibyte),
      (1, 8 * mebibyte - 1), (1, (2 << 30) + 1), (1, 0),
    ] as [(UInt32, UInt64)])
  func costOutOfBoundsIsRefused(passes: UInt32, memory: UInt64) throws {
    try office.homeShare().alter(path) { bytes in
      var fields: [UInt8] = []
      fields.append(integer: passes)
      fields.append(integer: memory)
      bytes.replaceSubrange(108..<120, with: fields)
    }
    expect(.damaged) { try open() }
  }

  @Test func flippedBitAnywhereIsRefused() throws {
    let good = try office.homeShare().read(path)
    for offset in 0..<good.count where offset % 3 == 0 || offset < 20 {
      // More memory than a test may take: within bounds, but slow.
      if (108..<120).contains(offset) { continue }
      try office.homeShare().alter(path) { $0[offset] ^= 0x10 }
      let error = #expect(throws: VaultError.self, "\(offset)") { try open() }
      // What the passphrase's commitment covers cannot be told from a wrong one.
      let isParameter = (48..<168).contains(offset)
      #expect(
        error?.code == .damaged || isParameter && error?.code == .noKey, "\(offset)")
      try office.homeShare().plant(good, at: path)
    }
    try open()
  }

  @Test func fileOfAnotherLengthIsDamage() throws {
    let good = try office.homeShare().read(path)
    for length in [0, 1, 16, 191, 192, good.count - 1] {
      try office.homeShare().plant(Array(good[..<length]), at: path)
      expect(.damaged, "\(length)") { try open() }
    }
    for more in [1, 16, 32, 4096] {
      try office.homeShare().plant(good + [UInt8](repeating: 0, count: more), at: path)
      expect(.damaged, "\(more)") { try open() }
    }
  }

  @Test func identityOfAnotherVaultIsNotTaken() throws {
    let other = try Office()
    try office.homeShare().plant(
      try other.homeShare().read("\(other.vaultID.text)/identity"), at: path)
    expect(.damaged) { try open() }
  }

  /// Sealed under the right passphrase, by somebody who knows it.
  private func forged(device: Identifier, count: UInt32, keys: Int) throws -> IdentityFile {
    let cost = try PassphraseCost(passes: 1, memory: 8 << 20)
    var file = IdentityFile(
      vault: office.vaultID, device: device, member: office.manager.member, passes: cost.passes,
      memory: cost.memory, salt: randomBytes(16))
    var plaintext = try SecretBytes(zeroed: 36 + 32 * keys)
    try plaintext.place(count, at: 0)
    try plaintext.place(office.manager.signing.seed, at: 4)
    let key = try SecretKey.stretched(
      from: try Office.passphrase(), salt: file.salt, cost: cost)
    file.commitment = Identifier(key.commitment(Label("cv1.ident.com"), file.parameters))
    file.nonce = randomBytes(24)
    file.sealed = Envelope.seal(
      plaintext, key: try key.derive(Label("cv1.identity")), nonce: file.nonce, data: file.data)
    return file
  }

  @Test func identityWhoseInsideDoesNotFitIsDamage() throws {
    let device = office.manager.device
    _ = try Identity.open(forged(device: device, count: 1, keys: 1), with: Office.passphrase())
    let files = [
      try forged(device: Identifier(randomBytes(32))!, count: 1, keys: 1),
      try forged(device: device, count: 0, keys: 1), try forged(device: device, count: 1, keys: 2),
      try forged(device: device, count: 9, keys: 9),
      try forged(device: device, count: .max, keys: 1),
    ]
    for file in files {
      expect(.damaged) { _ = try Identity.open(file, with: Office.passphrase()) }
    }
  }

  @Test func identityThatTheRosterDoesNotKnowIsRefused() throws {
    expect(.refused) { _ = try office.open(as: try office.strangersIdentity()) }
  }

  @Test func identityOfAnotherMemberIsDamaged() throws {
    // The device is on the roster, but the file says another member.
    let file = try office.home.identityFile(of: office.vaultID)
    let whole = try Identity.open(file, with: try Office.passphrase())
    let forged = Identity(
      vault: office.vaultID, member: Base32.encode(randomBytes(16)),
      signing: try SigningKey(seed: try whole.signing.seed.copy()),
      unlock: try UnlockKey.random())
    expect(.damaged) { _ = try office.open(as: forged) }
  }

  @Test func identityIsForTheOwnerOnlyAndLeftOutOfBackups() throws {
    let tag = try office.homeShare().read("CACHEDIR.TAG")
    #expect(tag.starts(with: text("Signature: 8a477f597d28d172789f06886806bc55")))
    for name in office.homeShare().files() {
      #expect(try !office.homeShare().read(name).isEmpty)
    }
    let bytes = try office.homeShare().read(path)
    #expect(bytes.count == 192 + 4 + 32 + 32 + 16)
  }

  @Test func passphraseIsChangedByKeepingAnew() throws {
    try office.home.keep(
      try office.manager.sealed(
        by: try Office.passphrase("new words"), cost: PassphraseCost(passes: 1, memory: 8 << 20)))
    try open("new words")
    expect(.noKey) { try open() }
    let file = try office.home.identityFile(of: office.vaultID)
    let opened = try Identity.open(file, with: try Office.passphrase("new words"))
    #expect(opened.device == office.manager.device)
    _ = try office.open(as: opened)
  }
}
