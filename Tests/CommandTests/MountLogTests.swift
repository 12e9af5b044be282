import Foundation
import TestSupport
import Testing

/// What the access log says of work in a mounted vault: who opened what, with which program.
@Suite(.requiresLinux, .requiresFUSE) struct MountLogTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// One entry, as `log show --json` has it.
  private struct Entry {
    let action: String
    let caseID: String?
    let record: String?
    let program: String?
    let result: String?

    init(_ members: [String: Any]) {
      action = members["action"] as? String ?? ""
      caseID = members["case"] as? String
      record = members["record"] as? String
      program = members["program"] as? String
      result = members["result"] as? String
    }
  }

  private func entries(_ action: String, of record: String? = nil) throws -> [Entry] {
    let shown = try desk.casevault("log", "show", "--json").succeeded().objects()
    return shown.map(Entry.init).filter {
      $0.action == action && (record == nil || $0.record == record)
    }
  }

  /// The path of a program as the kernel gives it.
  private func executable(_ name: String) throws -> String {
    try desk.shell("readlink -f \"$(command -v \(name))\"").succeeded().lines.first.orThrow()
  }

  /// A note in a mounted case, and its record.
  private func noted(steps: (MountedCase, _ record: String) throws -> Void) throws {
    let reference = try desk.openCase("--client", "Nadia")
    let record = try desk.note(
      String(repeating: "Heronbird ", count: 9_000), in: reference, "--title", "call")
    try desk.mounted {
      try steps(
        MountedCase(mount: $0, reference: reference, name: "\(reference) Nadia"), record)
    }
  }

  @Test func anOpenIsAnEntryWithItsProgram() throws {
    let lines = [
      "cat Notes/call.txt", "dd if=Notes/call.txt of=/dev/null count=1",
      "head -c 1 Notes/call.txt", "cp Notes/call.txt ../../../out",
      "grep -c Heronbird Notes/call.txt",
    ]
    try noted { nadia, record in
      let id = try desk.shown(nadia.reference)["id"] as? String
      #expect(try entries("mount open", of: record).isEmpty)
      for (count, line) in lines.enumerated() {
        try nadia.shell(line).succeeded()
        let opened = try entries("mount open", of: record)
        #expect(opened.count == count + 1, "\(line)")
        let program = try executable(String(line.prefix { $0 != " " }))
        #expect(opened.last?.program == program)
        #expect(opened.last?.caseID == id && opened.last?.result == "ok")
      }
    }
  }

  /// The kernel answers the readings from its memory; the opens are asked for all the same.
  @Test func everyOpenIsAnEntryThoughTheKernelHasItAll() throws {
    try noted { nadia, record in
      for _ in 1...5 { try nadia.shell("cat Notes/call.txt >/dev/null").succeeded() }
      #expect(try entries("mount open", of: record).count == 5)
    }
  }

  @Test func everyWayToReadBeginsWithAnEntry() throws {
    let program = try executable(Desk.python)
    let steps = [
      "print(mmap.mmap(os.open(f, os.O_RDONLY), 0, prot=mmap.PROT_READ)[:9])",
      "os.sendfile(os.open('/dev/null', os.O_WRONLY), os.open(f, os.O_RDONLY), 0, 9_000)",
      "os.close(os.open(f, os.O_RDONLY))", "os.close(os.open(f, os.O_RDWR))",
    ]
    try noted { nadia, record in
      for (count, step) in (steps + steps).enumerated() {
        try nadia.python("import mmap, os; f = 'Notes/call.txt'; \(step)").succeeded()
        let opened = try entries("mount open", of: record)
        #expect(opened.count == count + 1, "\(step)")
        #expect(opened.allSatisfy { $0.program == program })
      }
    }
  }

  @Test func toLookAtNamesIsNoOpen() throws {
    try noted { nadia, record in
      try nadia.shell("ls -l Notes; stat Notes/call.txt; test -r Notes/call.txt; du -s .")
        .succeeded()
      #expect(try entries("mount open").isEmpty)
    }
  }

  @Test func aListingIsAnEntry() throws {
    let program = try executable("ls")
    try noted { nadia, _ in
      try nadia.shell("ls Notes").succeeded()
      let listed = try entries("mount list")
      let id = try desk.shown(nadia.reference)["id"] as? String
      #expect(
        listed.contains { $0.program == program && $0.caseID == id && $0.record == nil },
        "\(listed)")
    }
  }

  /// Who looks at one case after the other has the next ones read; of those nothing is entered.
  @Test func whatIsReadAheadIsNoEntry() throws {
    let references = try (0..<6).map { try desk.openCase("--client", "Client \($0)") }
    let cases = try references.map { try desk.shown($0)["id"] as? String }
    let (seen, names) = try desk.mounted { (mount) throws -> (Set<String?>, [String]) in
      let names = try mount.shell("ls -1 Open").succeeded().lines
      for name in names[..<2] { try mount.shell("ls \"Open/$1/Notes\"", name).succeeded() }
      let seen = Set(
        zip(references, cases).filter { of in
          names[..<2].contains { $0.hasPrefix(of.0) }
        }.map(\.1))
      return (seen, names)
    }
    #expect(names.count == 6 && seen.count == 2)
    let listed = try entries("mount list").compactMap(\.caseID)
    #expect(Set(listed) == seen, "\(listed)")
  }

  @Test func theListOfCasesIsAnEntry() throws {
    let program = try executable("ls")
    try noted { nadia, _ in
      try nadia.mount.shell("ls Open").succeeded()
      #expect(try entries("mount list").contains { $0.program == program })
    }
  }

  @Test func theSummaryIsAReadingOfTheCase() throws {
    try noted { nadia, _ in
      try nadia.shell("cat Summary.html").succeeded()
      let id = try desk.shown(nadia.reference)["id"] as? String
      let opened = try entries("mount open")
      #expect(opened.map(\.caseID) == [id] && opened.map(\.record) == [nil], "\(opened)")
    }
  }

  @Test func anOldVersionIsOpenedUnderItsOwnName() throws {
    try noted { nadia, record in
      try nadia.shell("echo new >Notes/call.txt; cat Notes/.versions/*").succeeded()
      let cat = try executable("cat")
      #expect(try entries("mount open", of: record).contains { $0.program == cat })
    }
  }

  @Test func aSaveIsAnEntryAndSoIsAWithdrawal() throws {
    try noted { nadia, record in
      try nadia.shell("cp ../../../passphrase Notes/new.txt").succeeded()
      let new = try nadia.record(of: "Notes/new.txt")
      #expect(try entries("mount save", of: new).map(\.program) == [executable("cp")])
      try nadia.shell("sed -i s/Heronbird/Wombat/ Notes/call.txt").succeeded()
      let changed = try nadia.record(of: "Notes/call.txt")
      #expect(changed != record)
      #expect(try entries("mount save", of: changed).map(\.program) == [executable("sed")])
      try nadia.shell("rm Notes/new.txt").succeeded()
      let withdrawn = try entries("mount withdraw")
      #expect(try withdrawn.map(\.program) == [executable("rm")])
      let id = try desk.shown(nadia.reference)["id"] as? String
      #expect(withdrawn.map(\.caseID) == [id])
    }
  }

  @Test(.requires("vim")) func vimIsNamedAsWhatItIs() throws {
    try noted { nadia, record in
      try nadia.shell("vim -N -u NONE -i NONE -es -c 's/Heron/Wom/' -c wq Notes/call.txt")
        .succeeded()
      let vim = try executable("vim")
      #expect(try entries("mount open", of: record).contains { $0.program == vim })
      let changed = try nadia.record(of: "Notes/call.txt")
      #expect(try entries("mount save", of: changed).map(\.program) == [vim])
    }
  }

  @Test func theLogIsSoundThen() throws {
    try noted { nadia, _ in
      try nadia.shell("for i in 1 2 3 4 5; do echo $i >Notes/$i; cat Notes/*; done; rm Notes/3")
        .succeeded()
    }
    let verified = try desk.casevault("log", "verify")
    #expect(verified.status == 0 && verified.lines.last == "Nothing is wrong.")
    #expect(try !desk.casevault("log", "show", "--json").output.contains("Heronbird"))
  }

  /// No entry, no reading.
  @Test func whatCannotBeLoggedIsNotRead() throws {
    try noted { nadia, _ in
      try nadia.shell("ls Notes").succeeded()
      let spools = desk.home.files().filter { $0.contains("/log/") && !$0.hasSuffix("/head") }
      #expect(!spools.isEmpty)
      for spool in spools { try desk.home.remove(spool) }
      let read = try nadia.shell("cat Notes/call.txt", limit: 30)
      #expect(read.status != 0 && read.bytes.isEmpty)
    }
  }

  /// No entry, no names and no summary, but for what was entered a moment ago.
  @Test(arguments: ["sleep 3; ls", "sleep 3; ls \"$1/Notes\"", "cat \"$1/Summary.html\""])
  func whatCannotBeLoggedIsNotShown(_ line: String) throws {
    try noted { nadia, _ in
      try nadia.mount.shell("ls Open \"Open/$1/Notes\"", nadia.name).succeeded()
      let spools = desk.home.files().filter { $0.contains("/log/") && !$0.hasSuffix("/head") }
      #expect(!spools.isEmpty)
      for spool in spools { try desk.home.remove(spool) }
      let shown = try nadia.mount.shell(line, nadia.name, in: "Open", limit: 30)
      #expect(shown.status != 0 && shown.bytes.isEmpty, "\(shown.output)")
    }
  }

  @Test func anOpenOfADamagedRecordIsAnEntryToo() throws {
    try noted { nadia, record in
      try nadia.shell("ls -l Notes").succeeded()
      let path = try desk.vault.files("cases").first { $0.contains(record.prefix(20)) }.orThrow()
      try desk.vault.alter("cases/\(path)") { $0[100] ^= 1 }
      #expect(try nadia.shell("cat Notes/call.txt").status != 0)
      #expect(try entries("mount open", of: record).map(\.result) == ["damaged"])
    }
  }
}
