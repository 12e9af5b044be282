package import VaultFormat

extension OpenVault {
  /// The cases that a folder of this name in a mount of this device can have become.
  ///
  /// A case counts where this device opened it as a mount does, for a client of that name, and not
  /// before `moment`, when it was a folder still. Another of the same name is somebody else's.
  ///
  /// - Throws: as ``caseFile(_:)``, for a case of that name that cannot be read.
  package func cases(fromFolder name: String, since moment: Timestamp) throws -> [CaseFile] {
    let rows = try index().rows(since: moment)
    return try rows.compactMap { row in
      do {
        let file = try caseFile(row.caseID)
        return file.isFrom(folder: name, at: identity.device, since: moment) ? file : nil
      } catch {
        // It is of this name, as far as anybody knows: nobody can say that it is not the one.
        guard row.summary.texts(.client).contains(name) else { return nil }
        throw error
      }
    }
  }
}

extension Index {
  /// The cases that were opened on the day of a moment or later, whatever the time zone.
  fileprivate func rows(since moment: Timestamp) -> [Row] {
    let day = CivilDate(dayNumber: moment.seconds / 86_400 - 1)
    return filter { entry in day.map { entry.summary.opened >= $0 } ?? true }
  }
}
