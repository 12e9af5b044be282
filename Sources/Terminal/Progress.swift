import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How far a long command has come, told on standard error.
///
/// On a terminal it is one line that changes at most ten times a second and
/// vanishes at the end; elsewhere `auto` says nothing, and `plain` writes a line
/// every few seconds, for logs and screen readers.
package final class Progress: Sendable {
  package enum Mode: String, CaseIterable, Sendable {
    case auto
    case plain
    case none
  }

  package enum Unit: Sendable, Equatable {
    case bytes
    /// Things, by the plural of their name, such as `records`.
    case things(String)
  }

  private enum Form {
    case line
    case lines
    case nothing

    var interval: Duration { self == .line ? .milliseconds(100) : .seconds(3) }
  }

  private struct State {
    var task = ""
    var unit = Unit.bytes
    var total: Int?
    var done = 0
    var shown: Duration?
    var isRunning = false
  }

  private let output: Output
  private let form: Form
  private let now: @Sendable () -> Duration
  private let state = Mutex(State())

  /// - Parameter now: A clock that never goes back; tests bring their own.
  package init(
    _ mode: Mode, output: Output = .standard,
    now: @escaping @Sendable () -> Duration = monotonicTime
  ) {
    self.output = output
    self.now = now
    form =
      switch mode {
      case .auto: output.remarks.isTerminal ? .line : .nothing
      case .plain: .lines
      case .none: .nothing
      }
  }

  /// Starts a task, such as "Checking"; `total` is `nil` when nobody knows yet.
  package func begin(_ task: String, total: Int?, unit: Unit) {
    state.withLock { state in
      state = State(task: task, unit: unit, total: total, isRunning: true)
      // Plain lines wait for the first interval: most tasks are over by then.
      if form == .lines { state.shown = now() }
      show(&state)
    }
  }

  /// Counts more of the task as done.
  package func advance(by amount: Int = 1) {
    state.withLock { state in
      state.done += amount
      show(&state)
    }
  }

  /// Ends the task: a changing line goes, plain lines get their last one.
  package func finish() {
    state.withLock { state in
      guard state.isRunning else { return }
      state.isRunning = false
      switch form {
      case .line: output.eraseStatus()
      case .lines: output.note(description(of: state) + ", done")
      case .nothing: break
      }
    }
  }

  private func show(_ state: inout State) {
    guard form != .nothing, state.isRunning else { return }
    let time = now()
    if let shown = state.shown, time - shown < form.interval { return }
    state.shown = time
    switch form {
    case .line: output.showStatus(description(of: state))
    case .lines: output.note(description(of: state))
    case .nothing: break
    }
  }

  private func description(of state: State) -> String {
    let done = amount(state.done, state.unit)
    guard let total = state.total, total > 0 else {
      return "\(state.task): \(done)\(name(state.unit))"
    }
    let share = min(100, state.done * 100 / total)
    return "\(state.task): \(done) of \(amount(total, state.unit))\(name(state.unit)), \(share)%"
  }

  private func name(_ unit: Unit) -> String {
    if case .things(let name) = unit { " " + name } else { "" }
  }

  private func amount(_ count: Int, _ unit: Unit) -> String {
    unit == .bytes ? byteCount(count) : String(count)
  }
}

/// The time since some moment in the past, from a clock that nobody can set.
@Sendable package func monotonicTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
