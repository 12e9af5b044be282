internal import CaseVault
internal import Storage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Looks through a person's home for what other programs kept of the files of a mount.
///
/// Reads regular files only, through no link below the folder that it begins with, and never
/// waits for a pipe.
struct Leftovers {
  let traces: Traces
  let hasMounts: Bool
  let advance: () -> Void
  var budget = Budget()
  private(set) var found: [Diagnosis] = []
  /// The habit that is being looked for.
  private(set) var name = ""
  private var hint = ""
  private var known: Set<[UInt8]> = []

  /// Everything found, and for each habit of which nothing was found that it is fine.
  ///
  /// - Parameter advance: called for each file looked at.
  /// - Throws: `failed` where the environment names no home.
  static func find(of mounts: KnownMounts, advance: @escaping () -> Void) throws -> [Diagnosis] {
    guard let home = Places.environment("HOME") else {
      throw VaultError(.failed, "HOME is not set", hint: "set HOME to your own folder")
    }
    let homes = distinct([trimmed(home)] + (Places.resolved(home).map { [$0] } ?? []))
    let traces = Traces(
      mounts: mounts.paths, homes: homes,
      user: getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) })
    var search = Leftovers(traces: traces, hasMounts: !mounts.paths.isEmpty, advance: advance)
    search.begin("temporary files", hint: temporaryHint)
    search.lookForTemporaryFiles(in: home)
    for habit in Habit.all {
      search.begin(habit.name, hint: habit.hint)
      for place in habit.places { search.look(at: place, in: home) }
      if habit.name == Habit.shell.name { search.lookAtNamedHistory(in: home) }
    }
    return search.all
  }

  private static func trimmed(_ path: String) -> String {
    path.count > 1 && path.hasSuffix("/") ? trimmed(String(path.dropLast())) : path
  }

  private init(traces: Traces, hasMounts: Bool, advance: @escaping () -> Void) {
    self.traces = traces
    self.hasMounts = hasMounts
    self.advance = advance
  }

  private mutating func begin(_ name: String, hint: String) {
    self.name = name
    self.hint = hint
  }

  /// Notes a leftover.
  mutating func report(_ reason: String, _ path: [UInt8]) {
    guard known.insert(path).inserted else { return }
    found.append(
      Diagnosis(
        kind: .leftover, name: name, isFine: false, path: path, reason: reason, hint: hint))
  }

  /// Notes a place of which nobody can say whether it holds one.
  mutating func reportUnseen(_ reason: String, _ path: [UInt8]) {
    guard known.insert(path).inserted else { return }
    found.append(
      Diagnosis(
        kind: .leftover, name: name, isFine: false, path: path,
        reason: "could not be looked into: \(reason)", hint: "look there yourself"))
  }

  private var all: [Diagnosis] {
    let names = ["temporary files"] + Habit.all.map(\.name)
    var all = names.flatMap { name -> [Diagnosis] in
      let own = found.filter { $0.name == name }
      guard own.isEmpty else { return own }
      return [
        Diagnosis(kind: .leftover, name: name, isFine: true, reason: "nothing found of a mount")
      ]
    }
    if budget.isSpent {
      all.append(
        Diagnosis(
          kind: .leftover, name: "search", isFine: false,
          reason: "there are too many files: not all were looked at",
          hint: "empty ~/.cache/thumbnails and what else is large, and look again"))
    }
    return all
  }
}
