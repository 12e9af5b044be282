/// Times of one thing, measured several times.
struct Times {
  private var seconds: [Double] = []

  mutating func measure(_ body: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    let time = try clock.measure(body)
    add(time)
  }

  mutating func add(_ time: Duration) { seconds.append(time.inSeconds) }

  var best: Double { seconds.min() ?? 0 }
  var median: Double { seconds.sorted()[seconds.count / 2] }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Prints one figure for the report.
func report(_ name: String, _ value: Double) {
  let scaled = Int((value * 10_000).rounded())
  let fraction = String(scaled.magnitude % 10_000)
  print(
    name,
    (scaled < 0 ? "-" : "") + String(scaled.magnitude / 10_000) + "."
      + String(repeating: "0", count: 4 - fraction.count) + fraction)
}

/// Reports how fast so many bytes went, in MB (10^6 bytes) per second.
func report(_ name: String, _ bytes: Int, in times: Times) {
  report("\(name).best", Double(bytes) / 1e6 / times.best)
  report("\(name).median", Double(bytes) / 1e6 / times.median)
}
