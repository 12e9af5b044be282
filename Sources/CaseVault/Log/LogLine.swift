internal import VaultFormat

/// A device's chain as its segments make it up: stretches without gaps, with the chain in front of
/// each entry.
struct LogLine: Sendable {
  private struct Stretch: Sendable {
    let start: UInt64
    /// In front of the first entry, and after each.
    var chains: [Identifier]

    var end: UInt64 { start + UInt64(chains.count - 1) }
  }

  /// Why a segment does not continue what is in front of it.
  enum Fault {
    case fork(at: UInt64)

    func finding(at path: String) -> Finding {
      switch self {
      case .fork(let sequence):
        Finding(
          .forged, path,
          "a fork: from entry \(sequence) on this log says two things, or was reordered")
      }
    }
  }

  private var stretches: [Stretch] = []

  /// The sequence number behind the last entry.
  var end: UInt64 { stretches.last?.end ?? 0 }

  /// How far it is sound from its first entry on.
  var head: LogPoint {
    guard let first = stretches.first, first.start == 0 else { return .start }
    return LogPoint(next: first.end, chain: first.chains[first.chains.count - 1])
  }

  /// The sequence numbers that no segment has.
  var gaps: [Range<UInt64>] {
    var next: UInt64 = 0
    var gaps: [Range<UInt64>] = []
    for stretch in stretches {
      if stretch.start > next { gaps.append(next..<stretch.start) }
      next = stretch.end
    }
    return gaps
  }

  /// Adds a segment; they come by their first sequence. Equal runs are one.
  ///
  /// - Parameter chains: in front of its first entry, and after each.
  mutating func take(_ run: LogStreams.Run, _ chains: [Identifier]) -> Fault? {
    guard let last = stretches.last, run.start.next <= last.end else {
      stretches.append(Stretch(start: run.start.next, chains: chains))
      return nil
    }
    let offset = Int(run.start.next - last.start)
    let shared = min(last.chains.count - offset, chains.count)
    for index in 0..<shared where last.chains[offset + index] != chains[index] {
      return .fork(at: run.start.next + UInt64(max(0, index - 1)))
    }
    if chains.count > shared {
      stretches[stretches.count - 1].chains += chains[shared...]
    }
    return nil
  }

  /// The chain in front of an entry; nil in a gap and behind the end.
  func chain(before sequence: UInt64) -> Identifier? {
    for stretch in stretches where (stretch.start...stretch.end).contains(sequence) {
      return stretch.chains[Int(sequence - stretch.start)]
    }
    return sequence == 0 ? .zero : nil
  }
}
