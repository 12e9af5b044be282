import Foundation
import TestSupport

/// A service at work: one vault, and a computer for everybody, each with a home
/// and a passphrase of its own.
final class OfficeDesks {
  /// The founding manager's, whose folder holds the vault and all homes.
  let desk: Desk

  static let manager = "Mara Manager"

  init() throws { desk = try Desk() }

  /// What moves the clocks of all computers.
  private(set) var clock: [String: String?] = [:]

  /// Moves all clocks to a time of the day, in UTC; from there they go on.
  func turn(to time: String) throws {
    let seconds = Int(try Desk.moment(time).timeIntervalSinceNow)
    clock = try Desk.clock("\(seconds)").mapValues { $0 }
  }

  /// The founding manager's computer.
  var mara: Seat { Seat(office: self, name: Self.manager, computer: nil) }

  /// Asks to join at a computer that nobody used before.
  func enrol(_ name: String, at computer: String? = nil) throws -> Applicant {
    let computer = computer ?? name.lowercased()
    let seat = Seat(office: self, name: name, computer: computer)
    try desk.files.plant(Array(seat.passphrase.utf8), at: "passphrase-\(computer)")
    let enrolled = try seat.run(
      ["enrol", "--name", name, "--kdf", "interactive", "--json"]
    ).succeeded()
    try desk.makePassphraseCheap(in: Share(desk.files.at("home-\(computer)")), seat.passphrase)
    return Applicant(
      seat: seat, request: try enrolled.text("request"), words: try enrolled.text("words"))
  }

  /// Enrols, and has the founding manager admit.
  func join(_ name: String, _ role: String, at computer: String? = nil) throws -> Seat {
    let newcomer = try enrol(name, at: computer)
    try mara.admit(newcomer, role).succeeded()
    return newcomer.seat
  }

  /// Runs steps with the agents of some people, each of which ends with them.
  func unlocked<Result>(_ seats: Seat..., steps: () throws -> Result) throws -> Result {
    defer { for seat in seats { _ = try? seat.bare(["lock"]) } }
    for seat in seats { try seat.run(["unlock", "--for", "8h"]).succeeded() }
    return try steps()
  }

  /// Runs steps with somebody's agent, whatever its unlocking said.
  func withAgent<Result>(of seat: Seat, steps: (Ended) throws -> Result) throws -> Result {
    defer { _ = try? seat.bare(["lock"]) }
    return try steps(seat.run(["unlock", "--for", "8h"]))
  }
}

/// Somebody whose computer asks to join.
struct Applicant {
  let seat: Seat
  let request: String
  let words: String
}

/// Somebody at their computer.
struct Seat {
  let office: OfficeDesks
  let name: String
  /// Its name among the homes; nil for the founding manager's.
  let computer: String?

  var passphrase: String { computer.map { "the words of \($0)" } ?? Desk.passphrase }

  var environment: [String: String?] {
    guard let computer else { return office.clock }
    let desk = office.desk
    return desk.computer(computer).merging(office.clock) { $1 }.merging([
      "CASEVAULT_PASSPHRASE_COMMAND": "cat '\(desk.files.at("passphrase-\(computer)"))'"
    ]) { $1 }
  }

  /// Runs a command with the passphrase at hand.
  func run(_ arguments: [String], input: String? = nil) throws -> Ended {
    try office.desk.run(arguments, input: input, environment: environment)
  }

  /// Runs a command with no passphrase at hand: an agent answers.
  func bare(_ arguments: [String], input: String? = nil) throws -> Ended {
    try start(arguments, input: input, isBare: true).end()
  }

  func start(
    _ arguments: [String], input: String? = nil, isBare: Bool = false
  ) throws -> Running {
    let changes = isBare ? environment.merging(Desk.noPassphrase) { $1 } : environment
    return try office.desk.start(
      arguments, input: input.map { Array($0.utf8) }, environment: changes)
  }

  /// Admits a newcomer with the words that they read out.
  func admit(_ newcomer: Applicant, _ role: String, _ more: String...) throws -> Ended {
    try run(["staff", "admit", newcomer.request, "--role", role, "--words", newcomer.words] + more)
  }
}
