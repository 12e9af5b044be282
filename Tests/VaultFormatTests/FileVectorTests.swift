import Testing
import VaultFormat

/// Every binary file of the vault against Vault/vectors. What is sealed within
/// is opened in SealingTests.
struct FileVectorTests {
  @Test(arguments: try Vector.all("descriptor"))
  func descriptorsNameTheVault(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read(namesField: true) { () throws(FormatError) in
      try VaultDescriptor(file)
    }
    guard let descriptor = read else { return }
    #expect(descriptor.vault.bytes == (try vector.bytes("vault")))
    #expect((try? VaultDescriptor(descriptor.bytes)) == descriptor)
  }

  /// The header, which is all of a record that can be read without a key.
  @Test(arguments: try Vector.all("record"))
  func recordHeadersAreReadByteForByte(vector: Vector) throws {
    // The great ones are parameters only.
    guard let file = vector.bytes(ifThere: "file") else { return }
    let front = Array(file.prefix(RecordHeader.size))
    let inHeader = ["magic", "version", "suite", "type", "zero", "number"]
    guard inHeader.contains(vector.wrong ?? "") else {
      #expect(try RecordHeader(front).bytes == front)
      if vector.isGood {
        let layout = try RecordLayout(length: vector.number("length"))
        #expect(layout.fileSize == file.count)
      }
      return
    }
    #expect(vector.read { () throws(FormatError) in try RecordHeader(front) } == nil)
  }

  @Test(arguments: try Vector.all("manifest-plaintext"))
  func manifestPlaintextsAreTakenApart(vector: Vector) throws {
    let plaintext = try vector.bytes("plaintext")
    let read = vector.read { () throws(FormatError) in try Manifest.parts(of: plaintext) }
    guard let parts = read else { return }
    #expect(parts.json == (try vector.bytes("json")))
    #expect(
      try Manifest.plaintext(json: parts.json, signature: parts.signature) == plaintext)
  }

  @Test(arguments: try Vector.all("statement"))
  func statementsAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read { () throws(FormatError) in
      let statement = try Statement(file)
      if !statement.isSealed && vector.wrong != "type" { _ = try statement.members() }
      return statement
    }
    guard let statement = read else { return }
    #expect(statement.bytes == file)
    #expect(statement.signed == file.dropLast(64))
    // Also where what is said to be sealed is plain: one of the failures.
    if statement.isSealed {
      #expect(throws: FormatError.notCanonical) { try statement.members() }
    }
    guard vector.isGood else { return }
    #expect(Int(statement.kind.rawValue) == (try vector.number("kind")))
    #expect(statement.isSealed == (try vector.number("sealed") == 1))
    #expect(statement.vault.bytes == (try vector.bytes("vault")))
    #expect(statement.roster.bytes == (try vector.bytes("head")))
    #expect(statement.device.bytes == (try vector.bytes("device")))
    #expect(statement.body == (try vector.bytes("body")))
  }

  @Test(arguments: try Vector.all("key-segment"))
  func keySegmentsAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read { () throws(FormatError) in try KeySegment(file) }
    guard let segment = read else { return }
    #expect(segment.bytes == file)
    #expect(segment.signed == file.dropLast(64))
    guard vector.isGood else { return }
    #expect(segment.vault.bytes == (try vector.bytes("vault")))
    #expect(segment.epoch.bytes == (try vector.bytes("epoch")))
    #expect(segment.roster.bytes == (try vector.bytes("head")))
    #expect(segment.device.bytes == (try vector.bytes("device")))
    #expect(segment.wraps.count == (try vector.number("w")))
    #expect(segment.replaced.count == (try vector.number("r")))
  }

  @Test(arguments: try Vector.all("grant"))
  func grantsAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read { () throws(FormatError) in try Grant(file) }
    guard let grant = read else { return }
    #expect(grant.bytes == file)
    #expect(grant.data == Array("casevault 1 grant\n".utf8) + file[..<176])
    guard vector.isGood else { return }
    #expect(Int(grant.purpose.rawValue) == (try vector.number("purpose")))
    #expect(grant.vault.bytes == (try vector.bytes("vault")))
    #expect(grant.subject.bytes == (try vector.bytes("subject")))
    #expect(grant.roster.bytes == (try vector.bytes("head")))
    #expect(grant.device.bytes == (try vector.bytes("device")))
    #expect(grant.unlock.bytes == (try vector.bytes("unlock")))
  }

  @Test(arguments: try Vector.all("index-segment"))
  func indexSegmentsAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    let read = vector.read { () throws(FormatError) in try IndexSegment(file) }
    guard let segment = read else { return }
    #expect(segment.bytes == file)
    #expect(segment.signed == file.dropLast(64))
    guard vector.isGood else { return }
    #expect(segment.vault.bytes == (try vector.bytes("vault")))
    #expect(segment.roster.bytes == (try vector.bytes("head")))
    #expect(segment.device.bytes == (try vector.bytes("device")))
    #expect(segment.rows.count == (try vector.number("rows")))
    #expect(segment.replaced.count == (try vector.number("r")))
  }

  @Test(arguments: try Vector.all("identity"))
  func identitiesAreTakenApart(vector: Vector) throws {
    let file = try vector.bytes("file")
    // The count of keys is sealed.
    guard vector.wrong != "u" else {
      #expect(try IdentityFile(file).bytes == file)
      return
    }
    let read = vector.read { () throws(FormatError) in try IdentityFile(file) }
    guard let identity = read else { return }
    #expect(identity.bytes == file)
    #expect(identity.parameters == Array(file[..<136]))
    #expect(identity.data == Array(file[..<168]))
    guard vector.isGood else { return }
    #expect(identity.vault.bytes == (try vector.bytes("vault")))
    #expect(identity.device.bytes == (try vector.bytes("device")))
    #expect(identity.member == (try vector.text("member")))
    #expect(Int(identity.passes) == (try vector.number("passes")))
    #expect(Int(identity.memory) == (try vector.number("memory")))
  }
}
