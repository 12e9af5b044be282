internal import Glibc
internal import VaultFormat

/// Case files of an advice service, made up: for each case seven notes of 0.5 to
/// 4 KB, five mails of 2 to 60 KB and four scans around 400 KB. 200 cases are
/// 350 MB. Nobody compresses them: noise will do for their words.
struct Corpus {
  enum Kind: String, CaseIterable {
    case note
    case mail
    case scan

    var count: Int {
      switch self {
      case .note: 7
      case .mail: 5
      case .scan: 4
      }
    }

    func size(_ chance: inout Chance) -> Int {
      let size =
        switch self {
        case .note: chance.logUniform(500, 4_000)
        case .mail: chance.logUniform(2_000, 60_000)
        case .scan: chance.logNormal(median: 370_000, sigma: 0.45)
        }
      return Int(size)
    }
  }

  let path: String

  init(_ path: String) { self.path = path }

  func make(cases: Int) throws {
    for number in 0..<cases {
      let folder = "\(path)/case-\(1_000 + number)"
      guard mkdir(folder, 0o777) == 0 else { throw SystemRefusal(folder) }
      var chance = Chance(number)
      for kind in Kind.allCases {
        for index in 0..<kind.count {
          let bytes = chance.bytes(kind.size(&chance))
          try keep(bytes, at: "\(folder)/\(kind.rawValue)-\(index)")
        }
      }
    }
  }

  private func keep(_ bytes: [UInt8], at path: String) throws {
    let descriptor = creat(path, 0o666)
    defer { close(descriptor) }
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw SystemRefusal(path)
    }
  }

  /// The folders of the cases, in order.
  func cases() throws -> [String] {
    guard let folder = opendir(path) else { throw SystemRefusal(path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix("case-") { names.append("\(path)/\(name)") }
    }
    return names.sorted()
  }
}

/// A system call that failed.
struct SystemRefusal: Error, CustomStringConvertible {
  let description: String
  init(_ path: String) { description = "\(path): \(String(cString: strerror(errno)))" }
}
