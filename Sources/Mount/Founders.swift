/// The programs for which the folder of a new case keeps the name that was typed, once the case has
/// another (decision 0016).
struct Founders {
  /// What is to become of a name that a program asks for.
  enum Claim: Comparable { case none, used, made }

  private static let maximumWriters = 16
  /// Nanoseconds for which a shell has not used the name when it is free again.
  private static let shellPatience: Int64 = 600 * 1_000_000_000

  /// Who made the folder.
  let maker: Asker
  /// What began the maker, the nearest first.
  private let line: [Asker]
  /// Who made files in it while it was no case.
  private var writers: [Asker] = []
  /// What began the maker, which has ended, and a writer: `mkdir` and `cp` of one script.
  private var shell: (process: Asker, usedAt: Int64)?

  init(_ maker: Asker) {
    self.maker = maker
    line = maker.line
  }

  /// Notes that a program makes a file in the folder, which is no case yet.
  ///
  /// - Parameter now: by the boot clock, in nanoseconds.
  mutating func note(_ writer: Asker, at now: Int64) {
    guard !writer.worksWith(maker), !writers.contains(writer) else { return }
    if writers.count < Self.maximumWriters { writers.append(writer) }
    guard !maker.isRunning else { return }
    let ancestors = [writer] + writer.line
    shell = line.first { ancestors.contains($0) }.map { ($0, now) }
  }

  /// Whether the folder is whom a program means by the name.
  ///
  /// - Parameter now: by the boot clock, in nanoseconds.
  mutating func claim(of asker: Asker, at now: Int64) -> Claim {
    if asker.worksWith(maker) { return .made }
    if writers.contains(where: asker.worksWith) { return .used }
    guard let (process, usedAt) = shell, now - usedAt <= Self.shellPatience,
      asker.worksWith(process)
    else { return .none }
    shell = (process, now)
    return .used
  }
}
