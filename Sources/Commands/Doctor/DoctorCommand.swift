internal import ArgumentParser
internal import CaseVault
internal import Terminal

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at this computer: what it can do, and what other programs left behind.",
    discussion: """
      Needs no key and looks at no vault. Finds what editors, shells and desktops keep of files \
      that were opened from a mount: of the mounts that are there now, of those that were, and \
      of each DIR. Shows where it lies, never what it says, and removes nothing.
      """)

  @Argument(help: "A folder that was a mount once.")
  var dir: [String] = []

  @OptionGroup var options: GlobalOptions

  /// How many of a kind are shown to a person: a hundred tell as much as a thousand.
  private static let shown = 100

  func run() throws {
    let mounts = try KnownMounts(naming: dir)
    let progress = Progress(options.progress)
    progress.begin("Looking for leftovers", total: nil, unit: .things("files"))
    let leftovers = try Leftovers.find(of: mounts) { progress.advance() }
    progress.finish()
    let all = try Computer.diagnoses() + [mounts.diagnosis] + leftovers
    if options.json {
      for diagnosis in all { Output.standard.json(diagnosis.object) }
    } else if options.quiet {
      for diagnosis in all where !diagnosis.isFine {
        Output.standard.line(diagnosis.path.map { escaped(bytes: $0) } ?? diagnosis.name)
      }
    } else {
      show(all, Output.standard)
    }
    if all.contains(where: { !$0.isFine }) { throw EndedWith(.partlyDone) }
  }

  private func show(_ all: [Diagnosis], _ output: Output) {
    show(all.filter { $0.kind == .computer }, under: "This computer", output)
    show(all.filter { $0.kind == .leftover }, under: "What other programs left", output)
    let wrong = all.count { !$0.isFine }
    output.line(
      wrong == 0
        ? "Nothing needs attention."
        : "\(wrong) thing\(wrong == 1 ? " needs" : "s need") attention.")
  }

  /// Shows what belongs together, the hint for each name once, behind the last of that name.
  private func show(_ diagnoses: [Diagnosis], under heading: String, _ output: Output) {
    output.line(heading, style: .strong)
    let width = (diagnoses.map(\.name.count).max() ?? 0) + 2
    func line(_ mark: String, _ name: String, _ text: String, _ style: Style = .plain) {
      let gap = String(repeating: " ", count: width - name.count)
      output.line("  \(mark)  \(name)\(gap)\(text)", style: style)
    }
    for name in distinct(diagnoses.map(\.name)) {
      let same = diagnoses.filter { $0.name == name }
      for diagnosis in same.prefix(Self.shown) {
        if diagnosis.isFine {
          line("ok  ", name, diagnosis.text)
        } else {
          line("look", name, diagnosis.text, .warning)
        }
      }
      if same.count > Self.shown { line("look", name, "and \(same.count - Self.shown) more") }
      for hint in distinct(same.compactMap(\.hint)) { line("    ", "", "hint: \(hint)") }
    }
  }
}

/// The elements in their order, each once.
func distinct<Element: Hashable>(_ elements: some Sequence<Element>) -> [Element] {
  var seen: Set<Element> = []
  return elements.filter { seen.insert($0).inserted }
}
