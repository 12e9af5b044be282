import Synchronization
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

// A handler is a C function: what it looks at and what it saw are global.
private let watched = Atomic<Int32>(-1)
private let signalsSeen = Atomic<Int>(0)
private let echoesSeen = Atomic<Int>(0)

private func watch(_ signal: Int32) {
  var modes = termios()
  let isEchoing =
    tcgetattr(watched.load(ordering: .relaxed), &modes) == 0 && modes.c_lflag & tcflag_t(ECHO) != 0
  if isEchoing { echoesSeen.add(1, ordering: .relaxed) }
  signalsSeen.add(1, ordering: .relaxed)
}

/// Blocks every signal on this thread, as the threads of Swift's tasks do.
private func blockSignals() {
  var all = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_SETMASK, &all, nil)
}

extension PromptTests {
  @Test(
    "a signal finds the terminal as it was, and a prompt that goes on is silent again",
    arguments: [SIGINT, SIGTERM, SIGTSTP, SIGHUP, SIGQUIT])
  func signalsFindTheTerminalRestored(number: Int32) throws {
    let terminal = try PseudoTerminal()
    watched.store(terminal.line, ordering: .relaxed)
    signalsSeen.store(0, ordering: .relaxed)
    echoesSeen.store(0, ordering: .relaxed)
    let previous = signal(number, watch)
    defer { signal(number, previous) }

    let path = terminal.path
    let secret = Answer {
      blockSignals()
      return try Self.secret(at: path)
    }
    _ = terminal.screen(until: "Passphrase: ")
    kill(getpid(), number)
    // The prompt is written again once the handler is back.
    #expect(terminal.screen(until: "Passphrase: ") == "Passphrase: ")
    #expect(signalsSeen.load(ordering: .relaxed) == 1)
    #expect(echoesSeen.load(ordering: .relaxed) == 1)
    #expect(terminal.echo == .off)

    terminal.type("whole\n")
    #expect(try secret.value == "whole")
    #expect(terminal.echo == .on)

    // The handler from before is back in place.
    kill(getpid(), number)
    for _ in 1...30_000 where signalsSeen.load(ordering: .relaxed) < 2 { usleep(1000) }
    #expect(signalsSeen.load(ordering: .relaxed) == 2)
  }

  @Test("a signal that was ignored stays ignored")
  func ignoredSignalsStayIgnored() throws {
    let terminal = try PseudoTerminal()
    let previous = signal(SIGHUP, SIG_IGN)
    defer { signal(SIGHUP, previous) }

    let path = terminal.path
    let secret = Answer { try Self.secret(at: path) }
    _ = terminal.screen(until: "Passphrase: ")
    kill(getpid(), SIGHUP)
    terminal.type("whole\n")
    #expect(try secret.value == "whole")
    #expect(terminal.screen(until: "\r\n") == "\r\n")
  }
}
