/// What a program keeps of the files that it opened, where, and how to turn that off.
struct Habit {
  /// How its files tell.
  enum Manner {
    /// They name paths, in their text or in their own names.
    case mentions
    /// They are a shell's history: also words that were typed for casevault.
    case history
    /// They name files without the folders above them.
    case index
    /// They are copies that do not say of what.
    case copies
  }

  struct Place {
    /// Where it is looked for.
    let base: Base
    /// Below it: a file, or a folder that is looked through; `*` is any folder.
    let path: String
    let manner: Manner
  }

  let name: String
  let hint: String
  let places: [Place]

  init(_ name: String, hint: String, _ places: [Place]...) {
    self.name = name
    self.hint = hint
    self.places = places.flatMap(\.self)
  }
}

/// A folder that the XDG Base Directory Specification names.
enum Base: String, CaseIterable {
  case home
  case config
  case cache
  case data
  case state

  /// The folder, and where in it: below the home, unless the environment names another.
  ///
  /// - Parameter home: the person's home.
  func place(in home: String) -> (root: String, prefix: String) {
    guard self != .home else { return (home, "") }
    let named = Places.environment("XDG_\(rawValue.uppercased())_HOME")
    if let named, named.hasPrefix("/") { return (named, "") }
    switch self {
    case .home: return (home, "")
    case .config: return (home, ".config/")
    case .cache: return (home, ".cache/")
    case .data: return (home, ".local/share/")
    case .state: return (home, ".local/state/")
    }
  }

  /// Places below this one.
  func at(_ paths: String..., manner: Habit.Manner = .mentions) -> [Habit.Place] {
    paths.map { Habit.Place(base: self, path: $0, manner: manner) }
  }
}
