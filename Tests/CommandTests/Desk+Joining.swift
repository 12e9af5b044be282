import TestSupport

extension Desk {
  /// The environment of another computer: a home of its own.
  func computer(_ name: String) -> [String: String?] {
    ["CASEVAULT_HOME": files.at("home-\(name)")]
  }

  /// Asks to join with another computer.
  func enrol(_ name: String, at computer: String) throws -> (request: String, words: String) {
    let enrolled = try run(
      ["enrol", "--name", name, "--kdf", "interactive", "--json"],
      environment: self.computer(computer)
    ).succeeded()
    return (try enrolled.text("request"), try enrolled.text("words"))
  }

  /// Runs a command at another computer.
  func run(_ arguments: String..., at computer: String) throws -> Ended {
    try run(arguments, environment: self.computer(computer))
  }
}
