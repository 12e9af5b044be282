import Foundation

/// A PDF that opens only with a password that nobody knows.
func lockedPDF() -> Data {
  let key = String(repeating: "5a", count: 32)
  var text = "%PDF-1.4\n"
  let objects = [
    "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    "<</Filter/Standard/V 1/R 2/O<\(key)>/U<\(key)>/P -4>>",
  ]
  var offsets: [Int] = []
  for (index, object) in objects.enumerated() {
    offsets.append(text.utf8.count)
    text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
  }
  let table = text.utf8.count
  text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
  for offset in offsets {
    let digits = String(offset)
    text += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
  }
  text += """
    trailer\n<</Size \(objects.count + 1)/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>
    startxref\n\(table)\n%%EOF\n
    """
  return Data(text.utf8)
}

/// A PNG that promises that many black and white pixels and holds almost none.
func png(width: UInt32, height: UInt32) -> Data {
  var data = Data([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  data += chunk("IHDR", bigEndian(width) + bigEndian(height) + Data([1, 0, 0, 0, 0]))
  // An empty zlib stream.
  data += chunk("IDAT", Data([0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]))
  data += chunk("IEND", Data())
  return data
}

private func chunk(_ type: String, _ content: Data) -> Data {
  let summed = Data(type.utf8) + content
  return bigEndian(UInt32(content.count)) + summed + bigEndian(checksum(summed))
}

private func bigEndian(_ number: UInt32) -> Data {
  withUnsafeBytes(of: number.bigEndian) { Data($0) }
}

/// CRC-32 as PNG has it.
private func checksum(_ data: Data) -> UInt32 {
  var sum: UInt32 = 0xffff_ffff
  for byte in data {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
  }
  return ~sum
}

/// A picture of the corpus as a telephone would store it.
func heicPicture() throws -> Data {
  let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("intake-tests-\(UUID().uuidString).heic")
  defer { try? FileManager.default.removeItem(at: file) }
  let encoder = Process()
  encoder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  encoder.arguments = [
    "heif-enc", Corpus.folder.appendingPathComponent("scans/baiona_color.jpg").path,
    "-o", file.path,
  ]
  encoder.standardOutput = FileHandle.nullDevice
  encoder.standardError = FileHandle.nullDevice
  try encoder.run()
  encoder.waitUntilExit()
  return try Data(contentsOf: file)
}
