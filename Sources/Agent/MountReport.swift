internal import VaultFormat

/// What a mount tells the agent of itself, for `status`.
package struct MountReport: Equatable, Sendable {
  /// The folder that it is mounted on.
  package let path: String
  package let isReadOnly: Bool
  /// The number of its process.
  package let process: Int
  /// Saves that could not be published, and nobody was there to be told: cases by reference,
  /// records by kind, no names.
  package let troubles: [String]

  package init(path: String, isReadOnly: Bool, process: Int, troubles: [String]) {
    self.path = path
    self.isReadOnly = isReadOnly
    self.process = process
    self.troubles = troubles
  }
}

extension Packet {
  mutating func put(_ report: MountReport) {
    put(report.path)
    put(report.isReadOnly)
    put(report.process)
    put(report.troubles) { $0.put($1) }
  }
}

extension PacketReader {
  mutating func mountReport() throws(FormatError) -> MountReport {
    MountReport(
      path: try text(), isReadOnly: try flag(), process: try number(),
      troubles: try list { (reader) throws(FormatError) in try reader.text() })
  }
}
