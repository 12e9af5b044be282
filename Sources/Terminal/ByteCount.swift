/// Returns a number of bytes as people read it, such as `12.5 MB`, in powers of 1000.
package func byteCount(_ count: Int) -> String {
  let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
  guard count >= 1000 else { return "\(count) bytes" }
  var tenths = count / 100
  var unit = 0
  while tenths >= 10_000, unit < units.count - 1 {
    tenths /= 1000
    unit += 1
  }
  return "\(tenths / 10).\(tenths % 10) \(units[unit])"
}
