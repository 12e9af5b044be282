import Foundation
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A desk's vault as it is seen through a share that can be made to hang: the program of
/// Tools/Benchmark, compiled for the test.
final class SlowShare {
  let path: String
  private let running: Running
  private let desk: Desk

  static let isHere = Needs.finds("cc") && Needs.finds("pkg-config")

  init(of desk: Desk) throws {
    self.desk = desk
    path = desk.files.at("share")
    let source = Corpus.package.appendingPathComponent("Tools/Benchmark/slowshare.c").path
    try desk.shell("cc -O1 '\(source)' -o slowshare $(pkg-config --cflags --libs fuse3)")
      .succeeded()
    try desk.files.makeFolder("share")
    running = try Running(
      [desk.files.at("slowshare"), "0", desk.vault.path, path, "-f"],
      environment: desk.environment, in: desk.files.path, descriptors: [:],
      output: desk.files.at("slowshare.output"))
    guard eventually({ FUSE.isMounted(path) }) else {
      end()
      throw NotMounted()
    }
  }

  /// From now on no question is answered.
  func hang() { kill(running.process, SIGSTOP) }
  func goOn() { kill(running.process, SIGCONT) }

  func end() {
    goOn()
    FUSE.unmount(path)
    _ = eventually(within: 5) { isGone(running.process) }
    kill(running.process, SIGKILL)
    _ = try? running.end()
  }
}
