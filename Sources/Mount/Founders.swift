/// The programs for which the folder of a new case keeps the name that was typed, once the case has
/// another (decision 0016).
struct Founders {
  /// Whether a program means the folder by the name: as its maker, or as one that files there.
  enum Claim { case none, used, made }

  private static let maximumWriters = 16
  /// A program that makes a folder within so many milliseconds is a script's command.
  private static let commandAge = 5_000
  /// Nanoseconds after which the name that a script has not used is free again.
  private static let jobPatience: Int64 = 600 * 1_000_000_000

  /// Who made the folder.
  let maker: Asker
  /// Who made files in it while it was no case.
  private var writers: [Asker] = []
  /// The script that the maker is a command of: it makes a folder with one and files with others.
  private let job: Asker?
  private var usedAt: Int64

  /// - Parameter now: by the boot clock, in nanoseconds.
  init(_ maker: Asker, at now: Int64) {
    self.maker = maker
    job = maker.age < Self.commandAge ? maker.job : nil
    usedAt = now
  }

  /// Notes that a program makes a file in the folder, which is no case yet.
  mutating func note(_ writer: Asker) {
    guard writers.count < Self.maximumWriters, !writers.contains(writer) else { return }
    writers.append(writer)
  }

  /// Whether a program means the folder.
  ///
  /// - Parameter now: by the boot clock, in nanoseconds.
  mutating func claim(of asker: Asker, at now: Int64) -> Claim {
    if asker.worksWith(maker) { return .made }
    if writers.contains(where: asker.worksWith) { return .used }
    guard let job, now - usedAt <= Self.jobPatience, asker.isOf(job: job) else { return .none }
    usedAt = now
    return .used
  }
}
