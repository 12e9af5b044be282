/// Measures what only the product's own functions can show. Each part prints
/// lines of a name and a number; `Tools/bench` measures the rest, and reports.
@main
enum Main {
  private static let usage = """
    usage: benchmark corpus FOLDER CASES
           benchmark seal FOLDER MEGABYTES ROUNDS
           benchmark derive ROUNDS COST
           benchmark found FOLDER CASES RECORDS COST
           benchmark file CORPUS FOLDER
           benchmark check FOLDER
           benchmark log FOLDER ENTRIES ROUNDS
    """

  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let numbers = arguments.map { Int($0) ?? 0 }
    switch (arguments.first, arguments.count) {
    case ("corpus", 3): try Corpus(arguments[1]).make(cases: numbers[2])
    case ("seal", 4):
      try SealingSpeed(in: arguments[1], bytes: numbers[2] * 1_000_000, rounds: numbers[3])
        .measure()
    case ("derive", 3):
      try measureDerivation(rounds: numbers[1], isCheap: arguments[2] == "cheap")
    case ("found", 5):
      try Office.make(at: arguments[1], isCheap: arguments[4] == "cheap")
        .fill(cases: numbers[2], records: numbers[3])
    case ("file", 3): try FilingSpeed(Corpus(arguments[1]), at: arguments[2]).measure()
    case ("check", 2): try measureCheck(at: arguments[1])
    case ("log", 4):
      try LogSpeed(at: arguments[1], entries: numbers[2], rounds: numbers[3]).measure()
    default: print(usage)
    }
  }
}
