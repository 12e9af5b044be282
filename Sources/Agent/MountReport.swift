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
  /// Saves that lie in the mount's memory only, as neither the vault nor this computer could take
  /// them: they go with the mount.
  package let unkept: [String]

  package init(
    path: String, isReadOnly: Bool, process: Int, troubles: [String], unkept: [String]
  ) {
    self.path = path
    self.isReadOnly = isReadOnly
    self.process = process
    self.troubles = troubles
    self.unkept = unkept
  }
}

extension Packet {
  mutating func put(_ report: MountReport) {
    put(report.path)
    put(report.isReadOnly)
    put(report.process)
    put(report.troubles) { $0.put($1) }
    put(report.unkept) { $0.put($1) }
  }
}

extension PacketReader {
  mutating func mountReport() throws(FormatError) -> MountReport {
    MountReport(
      path: try text(), isReadOnly: try flag(), process: try number(),
      troubles: try list { (reader) throws(FormatError) in try reader.text() },
      unkept: try list { (reader) throws(FormatError) in try reader.text() })
  }
}
