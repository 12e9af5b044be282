internal import CaseVault
internal import Glibc
internal import Sealing
internal import Storage
internal import VaultFormat

/// A vault and the home of its manager, side by side in one folder.
struct Office {
  let vault: OpenVault

  static let words = "correct horse battery staple"
  /// The least that an identity may ask for.
  static var cheap: PassphraseCost {
    get throws { try PassphraseCost(passes: 1, memory: 8 << 20) }
  }

  static func passphrase() throws -> SecretBytes {
    try SecretBytes.filled(capacity: 64) { buffer in
      buffer.copyBytes(from: words.utf8)
      return words.utf8.count
    }
  }

  /// Founds `path/vault`, with its keys in `path/home`.
  static func make(at path: String, isCheap: Bool = true) throws -> Office {
    for folder in [path, "\(path)/home"] { mkdir(folder, 0o700) }
    _ = try Founding(
      service: "Advice Place", manager: "Mara Manager", cost: isCheap ? cheap : .moderate,
      time: Clock.system.now
    ).makeVault(at: "\(path)/vault", home: home(at: path), passphrase: passphrase())
    return try Office(openedAt: path)
  }

  /// Opens what `make` made, as every command does.
  init(openedAt path: String) throws {
    let home = try Self.home(at: path)
    let closed = try Vault(Folder("\(path)/vault"))
    let identity = try Identity.open(
      home.identityFile(of: closed.id), with: Self.passphrase())
    vault = try OpenVault(closed, identity: identity, home: home)
  }

  private static func home(at path: String) throws -> Home {
    let folder = try Folder("\(path)/home")
    return Home(identities: folder, state: folder)
  }

  /// The details of a made-up client.
  func details(_ number: Int) -> CaseDetails {
    CaseDetails([
      "ref": .string(Reference(random: randomBytes(7)).text),
      "client": [
        "name": .string("Client Number\(number)"),
        "student_id": .string("s\(2_000_000 + number)"),
        "emails": .array([.string("client\(number)@example.org")]),
      ],
      "parties": .array([.string("Landlord\(number % 97) Ltd")]),
      "topic": .string(number.isMultiple(of: 3) ? "Housing" : "Academic appeal"),
      "adviser": .string(vault.member.id),
    ])
  }

  /// Files small cases, and prints the reference of the last one.
  func fill(cases: Int, records: Int) throws {
    let filing = Filing(in: vault)
    let today = try vault.today()
    var last = ""
    for number in 0..<cases {
      let (opening, details) = try filing.open(details(number), worked: today)
      // Only the last one has as many records as a real one: it will be shown.
      for index in 0..<(number == cases - 1 ? records : 1) {
        _ = try filing.add(
          NewRecord(
            kind: RecordKind.note, title: "Note \(index)", mediaType: "text/plain",
            worked: today, content: .bytes(Array("They called.\n".utf8))),
          to: opening.caseID)
      }
      last = details.reference?.text ?? ""
      if filing.isFull { try filing.commit() }
    }
    try filing.commit()
    print("reference", last)
  }
}

/// The derivation that every command pays which opens an identity.
func measureDerivation(rounds: Int, isCheap: Bool) throws {
  let passphrase = try Office.passphrase()
  let cost = isCheap ? try Office.cheap : .moderate
  var times = Times()
  for _ in 0..<rounds {
    try times.measure {
      _ = try SecretKey.stretched(from: passphrase, salt: randomBytes(16), cost: cost)
    }
  }
  report("derivation.ms.best", times.best * 1_000)
  report("derivation.ms.median", times.median * 1_000)
}
