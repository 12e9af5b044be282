import Testing
import VaultFormat

/// The inside of manifests, statements and rows against Vault/vectors.
struct BodyVectorTests {
  @Test(arguments: try Vector.all("manifest"))
  func manifestsKeepTheirBounds(vector: Vector) throws {
    let json = try vector.bytes("json")
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try Manifest(json: json)
    }
    guard let manifest = read else { return }
    // Names that this version does not know are not written again.
    let unknown = try JSON(canonical: json)["zebra"] != nil
    #expect(try unknown || manifest.json() == json)
    #expect(try Manifest(json: manifest.json()) == manifest)
  }

  @Test(arguments: try Vector.all("roster"))
  func rosterEntriesKeepTheirBounds(vector: Vector) throws {
    let statement = try Statement(vector.bytes("file"))
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try RosterEntry(statement)
    }
    guard let entry = read else { return }
    #expect(Int(entry.kind.rawValue) == (try vector.number("kind")))
    switch entry {
    case .found(let founding):
      #expect(founding.service == (try vector.text("service")))
      #expect(founding.auditor.bytes == (try vector.bytes("auditor")))
      #expect(founding.managers.bytes == (try vector.bytes("managers")))
      try expect(founding.member, founding.device, of: vector)
      #expect(entry.parents.isEmpty)
    case .admit(let admission):
      try expect(admission.member, admission.device, of: vector)
      #expect(entry.parents.count == 1)
    case .kinds(let kinds, _):
      #expect(kinds.map(\.kind.rawValue) == [49])
      #expect(entry.parents.count == 1)
    case .device(let further):
      #expect(further.member == (try vector.text("member")))
      #expect(further.device.sign.bytes == (try vector.bytes("sign")))
      #expect(further.device.unlock.bytes == (try vector.bytes("unlock")))
    case .countersign(let second):
      #expect(second.entry.bytes == (try vector.bytes("entry")))
    }
    var members = try statement.members()
    members["zebra"] = nil
    let time = try #require(members["time"]?.string.flatMap { Timestamp($0) })
    #expect(entry.members(at: time) == members)
  }

  @Test(arguments: try Vector.all("request"))
  func requestsKeepTheirBounds(vector: Vector) throws {
    let members = try #require(JSON(canonical: try vector.bytes("json")).object)
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try EnrolmentRequest(members)
    }
    guard let request = read else { return }
    #expect(request.name == (try vector.text("name")))
    #expect(request.device.sign.bytes == (try vector.bytes("sign")))
    #expect(request.device.unlock.bytes == (try vector.bytes("unlock")))
    #expect(request.members == members)
  }

  private func expect(_ member: Member, _ keys: DeviceKeys, of vector: Vector) throws {
    #expect(member.id == (try vector.text("member")))
    #expect(keys.sign.bytes == (try vector.bytes("sign")))
    #expect(keys.unlock.bytes == (try vector.bytes("unlock")))
  }

  @Test(arguments: try Vector.all("epoch"))
  func epochDocumentsKeepTheirBounds(vector: Vector) throws {
    let members = try Statement(vector.bytes("file")).members()
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try EpochDocument(members)
    }
    guard let document = read else { return }
    #expect(document.members == members)
    guard vector.isGood else { return }
    #expect(document.commitment.bytes == (try vector.bytes("commitment")))
    #expect(document.intakePublic.bytes == (try vector.bytes("intake_public")))
  }

  @Test(arguments: try Vector.all("unlock-key"))
  func unlockKeysKeepTheirBounds(vector: Vector) throws {
    let members = try #require(JSON(canonical: vector.bytes("json")).object)
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try UnlockKeyEntry(members)
    }
    guard let entry = read else { return }
    #expect(entry.members == members)
    #expect(entry.number == (try vector.number("n")))
    #expect(entry.unlock.bytes == (try vector.bytes("unlock")))
    #expect(entry.previous?.bytes == vector.bytes(ifThere: "previous"))
  }

  @Test(arguments: try Vector.all("index-row"))
  func indexRowsKeepTheirBounds(vector: Vector) throws {
    let bytes = try vector.bytes("row")
    guard let row = vector.read({ () throws(FormatError) in try IndexRow(bytes) })
    else { return }
    #expect(row.recordCount == (try vector.number("records")))
    #expect(row.stateHash.bytes == (try vector.bytes("state")))
    #expect(row.isOpen == (try vector.number("status") == 1))
    #expect(Int(row.flags.rawValue) == (try vector.number("flags")))
    #expect(row.opened.dayNumber == (try vector.number("opened")))
    #expect(row.closed?.dayNumber == vector.number(ifThere: "closed"))
    #expect(row.lastWork.dayNumber == (try vector.number("worked")))
    #expect(row.expires.dayNumber == (try vector.number("expires")))
    #expect(row.entries.count == (try vector.number("strings")))
    // A tag that this version does not know is not written again.
    #expect(row.bytes == bytes || vector.number(ifThere: "unknown") == 1)
    #expect(try IndexRow(row.bytes) == row)
  }
}
