import CaseVault
import Foundation
import Storage
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One adviser's computer: a vault, a home, a passphrase, and the real
/// `casevault`, built beside the tests.
///
/// Nothing of the tests' own environment reaches the program.
struct Desk: Sendable {
  /// Shown as `DESK`: for files that a person hands in or gets out.
  let files: Share
  let vault: Share
  let home: Share
  /// When the clocks of its programs begin, in UTC; nil for the true time.
  var time: String?
  private let folder: TemporaryFolder

  static let passphrase = "correct horse"
  static let noon = "2026-11-22 12:00:00"

  /// A desk with a fresh vault, unless it is to have none yet.
  init(at time: String? = nil, founded: Bool = true) throws {
    folder = try TemporaryFolder()
    files = folder.share()
    vault = folder.share("vault")
    home = folder.share("home")
    self.time = time
    try keep(passphrase: Self.passphrase)
    if founded { try Founded.get().copy(to: self) }
  }

  func keep(passphrase: String) throws { try files.plant(Array(passphrase.utf8), at: "passphrase") }

  /// The variables of the program.
  var environment: [String: String] {
    [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME": folder.path, "TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
      "CASEVAULT_HOME": home.path, "CASEVAULT_VAULT": vault.path,
      "CASEVAULT_PASSPHRASE_COMMAND": "cat '\(folder.path)/passphrase'",
    ]
  }

  /// Starts `casevault`.
  ///
  /// - Parameters:
  ///   - input: what standard input holds, in a file.
  ///   - changes: to the environment; nil takes a variable away.
  ///   - wrapper: a program that is to run it, with its first arguments.
  func start(
    _ arguments: [String], input: [UInt8]? = nil, descriptors: [Int32: String] = [:],
    environment changes: [String: String?] = [:], through wrapper: [String] = [],
    in place: String? = nil
  ) throws -> Running {
    var environment = environment
    for (name, value) in changes { environment[name] = value }
    var descriptors = descriptors
    let name = "run-\(UUID().uuidString)"
    if let input {
      try files.plant(input, at: "\(name).input")
      descriptors[0] = files.at("\(name).input")
    }
    if let time { environment.merge(try Self.clock(at: time)) { _, clock in clock } }
    return try Running(
      wrapper + [try Self.program()] + arguments, environment: environment,
      in: place ?? folder.path, descriptors: descriptors, output: files.at("\(name).output"))
  }

  /// Variables under which a program's clock begins at a time, in UTC.
  static func clock(at time: String) throws -> [String: String] {
    try clock("@\(Int(moment(time).timeIntervalSince1970))")
  }

  /// Variables under which a program's clock is what the setting says (Tests/TestClock).
  static func clock(_ setting: String) throws -> [String: String] {
    ["CASEVAULT_TEST_CLOCK": setting, "LD_PRELOAD": try testClock.get()]
  }

  /// A moment in UTC, such as ``noon``.
  static func moment(_ text: String) throws -> Date {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = .gmt
    format.dateFormat = "yyyy-MM-dd HH:mm:ss"
    return try format.date(from: text).orThrow()
  }

  /// The path of the library that moves a program's clock.
  static let testClock = Result { "\(try built(with: "libTestClock.so"))/libTestClock.so" }

  /// Runs `casevault` to its end.
  func casevault(
    _ arguments: String..., input: String? = nil, descriptors: [Int32: String] = [:],
    environment: [String: String?] = [:], through wrapper: [String] = [], in place: String? = nil
  ) throws -> Ended {
    try run(
      arguments, input: input, descriptors: descriptors, environment: environment,
      through: wrapper, in: place)
  }

  func run(
    _ arguments: [String], input: String? = nil, descriptors: [Int32: String] = [:],
    environment: [String: String?] = [:], through wrapper: [String] = [], in place: String? = nil
  ) throws -> Ended {
    try start(
      arguments, input: input.map { Array($0.utf8) }, descriptors: descriptors,
      environment: environment, through: wrapper, in: place
    ).end()
  }

  /// Runs a line of shell in which `casevault` is the program.
  func shell(_ line: String, environment changes: [String: String?] = [:]) throws -> Ended {
    var environment = environment
    environment["PATH"] = "\(try Self.folder()):\(environment["PATH"] ?? "")"
    for (name, value) in changes { environment[name] = value }
    let output = files.at("shell-\(UUID().uuidString).output")
    return try Running(
      ["/bin/sh", "-c", line], environment: environment, in: folder.path, descriptors: [:],
      output: output
    ).end()
  }

  /// The program's path.
  static func program() throws -> String { try "\(folder())/casevault" }

  private static func folder() throws -> String {
    // A build for release is tried with the same tests.
    if let other = ProcessInfo.processInfo.environment["CASEVAULT_TEST_PROGRAMS"] { return other }
    return try built(with: "casevault")
  }

  /// The folder in which the tests were built, and with them a file of that name.
  private static func built(with name: String) throws -> String {
    let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }
      .map { $0.bundleURL.deletingLastPathComponent().path }
    let beside = URL(fileURLWithPath: CommandLine.arguments.first ?? "")
      .deletingLastPathComponent().path
    return try (bundles + [beside, Bundle.main.bundlePath]).first { folder in
      FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)")
    }.orThrow()
  }
}

/// A vault that was made once, by the real `init`, and is copied for each test.
private final class Founded: Sendable {
  private let folder: TemporaryFolder
  private static let once = Result { try Founded() }

  static func get() throws -> Founded { try once.get() }

  private init() throws {
    folder = try TemporaryFolder()
    // Nothing that is kept for the whole run ends by itself.
    atexit { try? FileManager.default.removeItem(atPath: (try Founded.get()).folder.path) }
    let desk = try Desk(at: Needs.hasTestClock ? "2026-11-02 09:00:00" : nil, founded: false)
    try desk.casevault(
      "init", desk.vault.path, "--name", "Advice Place", "--manager", "Mara Manager", "--kdf",
      "interactive"
    ).succeeded()
    try desk.makePassphraseCheap()
    try desk.copy(to: folder.path)
  }

  func copy(to desk: Desk) throws {
    try FileManager.default.copyItem(atPath: "\(folder.path)/vault", toPath: desk.vault.path)
    try FileManager.default.copyItem(atPath: "\(folder.path)/home", toPath: desk.home.path)
  }
}

extension Desk {
  /// Seals a home's identity anew at the least cost that the format allows:
  /// hundreds of commands are run.
  ///
  /// - Parameter home: this desk's own unless said otherwise.
  func makePassphraseCheap(in home: Share? = nil, _ passphrase: String = Self.passphrase) throws {
    let folder = try Folder((home ?? self.home).path)
    let home = Home(identities: folder, state: folder)
    let vault = try Vault(Folder(vault.path)).id
    let identity = try Identity.open(
      try home.identityFile(of: vault), with: try Office.passphrase(passphrase))
    try home.keep(
      try identity.sealed(by: try Office.passphrase(passphrase), cost: try Office.cost.orThrow()))
  }

  fileprivate func copy(to path: String) throws {
    try FileManager.default.copyItem(atPath: vault.path, toPath: "\(path)/vault")
    try FileManager.default.copyItem(atPath: home.path, toPath: "\(path)/home")
  }
}
