import Foundation
import TestSupport
import Testing

/// FORMAT.md shows the bytes of a file that is really there.
struct FormatDocumentTests {
  @Test func theHexdumpIsThatOfTheSample() throws {
    let vault = Corpus.package.appendingPathComponent("Vault")
    let document = try String(
      contentsOf: vault.appendingPathComponent("FORMAT.md"), encoding: .utf8)
    let folder = try document.firstMatch(of: /`(cases\/..\/[a-z2-7]{52})\/`/).orThrow().1
    let name = try document.firstMatch(of: /`([a-z2-7]{52}-[a-z2-7]{10})`/).orThrow().1
    let bytes = Array(
      try Data(contentsOf: vault.appendingPathComponent("samples/v1/\(folder)/\(name)")))
    var lines = 0
    for line in document.matches(of: /(?m)^([0-9a-f]{8})  ((?:[0-9a-f]{2} ){15}[0-9a-f]{2})/) {
      let offset = try Int(line.1, radix: 16).orThrow()
      let shown = line.2.split(separator: " ").compactMap { UInt8($0, radix: 16) }
      #expect(Array(bytes[offset..<offset + 16]) == shown, "at \(line.1)")
      lines += 1
    }
    #expect(lines == 15)
    #expect(bytes.count == 0x2040)
  }
}
