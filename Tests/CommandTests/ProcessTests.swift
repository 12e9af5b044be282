import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What others on the same computer see of a running command.
@Suite(.requiresLinux, .requires("mkfifo")) struct ProcessTests {
  /// A `note add` that has begun to read its note and waits for the rest.
  private final class Waiting {
    let running: Running
    private let pipe: FileHandle

    init(_ desk: Desk, _ arguments: [String], through wrapper: [String] = []) throws {
      try desk.files.plantPipe("pipe")
      // Open for both, so that neither opening waits for the other; and for no
      // child, which would keep the pipe from ending.
      let raw = open(desk.files.at("pipe"), O_RDWR | O_CLOEXEC)
      pipe = FileHandle(fileDescriptor: try (raw < 0 ? nil : raw).orThrow(), closeOnDealloc: true)
      running = try desk.start(
        arguments, descriptors: [0: desk.files.at("pipe")], through: wrapper)
      // More than a pipe holds: when this returns the program has begun to read.
      try pipe.write(contentsOf: Data(repeating: 0x78, count: 1 << 20))
    }

    func file(_ name: String) throws -> String {
      let data = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(running.process)/\(name)"))
      return String(decoding: data, as: UTF8.self)
    }

    func end() throws -> Ended {
      try pipe.close()
      return try running.end()
    }
  }

  @Test func othersSeeTheProgramAndNoMore() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Quetzalcoatl")
    let arguments = ["note", "add", reference, "-", "--quiet"]
    let waiting = try Waiting(desk, arguments)
    // Every user of the computer could read what was typed.
    let line = try waiting.file("cmdline").split(separator: "\0").map(String.init)
    #expect(line == [try Desk.program()])
    let variables = try waiting.file("environ").split(separator: "\0").map(String.init)
    // The shell that started it adds two of its own.
    let given = Set(desk.environment.map { "\($0)=\($1)" })
    let added = variables.filter { !given.contains($0) }
    #expect(added.allSatisfy { $0.hasPrefix("PWD=") || $0.hasPrefix("OLDPWD=") }, "\(added)")
    #expect(!(line + variables).joined().contains("Quetzalcoatl"))
    #expect(!(line + variables).joined().contains(Desk.passphrase))
    #expect(try waiting.end().status == 0)
  }

  @Test func noCoreIsDumped() throws {
    let desk = try Desk()
    let reference = try desk.openCase()
    // The shell allows cores of any size; the program takes that back.
    let waiting = try Waiting(
      desk, ["note", "add", reference, "-"],
      through: ["/bin/sh", "-c", "ulimit -Sc hard; exec \"$@\"", "sh"])
    let limit = try waiting.file("limits").split(separator: "\n")
      .first { $0.hasPrefix("Max core file size") }
    #expect(try limit.orThrow().split(separator: " ").suffix(3).prefix(2) == ["0", "0"])
    #expect(try waiting.end().status == 0)
  }

  @Test(.enabled(if: Needs.isRoot && Needs.finds("setpriv"), "only root becomes another"))
  func nobodyElseMayLookIntoItsMemory() throws {
    let desk = try Desk()
    let reference = try desk.openCase()
    let person = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    guard try desk.shell("chown -R 65534:65534 .").status == 0,
      try desk.shell("\(person.joined(separator: " ")) casevault --version").status == 0
    else { return }
    let waiting = try Waiting(desk, ["note", "add", reference, "-"], through: person)
    // The kernel gives the files of a process that is not dumpable to root.
    var status = stat()
    #expect(lstat("/proc/\(waiting.running.process)/mem", &status) == 0)
    #expect(status.st_uid == 0)
    let peek = try desk.shell(
      "\(person.joined(separator: " ")) cat /proc/\(waiting.running.process)/environ")
    #expect(peek.status != 0)
    #expect(try waiting.end().status == 0)
  }

  @Test func itsSecretsAreNotSwapped() throws {
    let desk = try Desk()
    let reference = try desk.openCase()
    let waiting = try Waiting(desk, ["note", "add", reference, "-"])
    let locked = try waiting.file("status").split(separator: "\n").first { $0.hasPrefix("VmLck:") }
    let kibibytes = try locked.orThrow().split(separator: " ").compactMap { Int($0) }.first
    #expect(try kibibytes.orThrow() > 0)
    #expect(try waiting.end().status == 0)
  }

  /// Dispatch ends a process, by chance, that has no /proc or that of other process numbers; and
  /// a command that did not find the words typed would print its help and succeed.
  @Test(
    .enabled(if: Needs.canMount, "nothing can be mounted here"),
    arguments: [
      "unshare -m sh -c 'mount -t tmpfs tmpfs /proc && exec casevault case list --vault /none'",
      "unshare -fp casevault case list --vault /none",
    ])
  func withoutItsProcItRefuses(line: String) throws {
    let ended = try Desk(founded: false).shell(line)
    #expect(ended.status == 1 && ended.output.isEmpty)
    #expect(
      ended.errors == """
        casevault: error: /proc is not there, and casevault cannot work without it
        casevault: hint: mount it, as root: mount -t proc proc /proc

        """, "\(ended.errors)")
  }
}
