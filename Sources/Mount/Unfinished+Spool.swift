internal import CaseVault
internal import Sealing
internal import VaultFormat

/// What goes into the sealed spool of this computer, and when.
extension Unfinished {
  /// Sees to it that a crash is noticed: an empty spool, before the first change.
  func mark() throws {
    guard spool == nil else { return }
    place(&description)
    spool = try beginSpool(description)
  }

  func spoolOldest() throws {
    guard let index = order.first, let block = held[index] else { return }
    try mark()
    try leaveStream(before: 0)
    isSequential = false
    try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
    forget(index)
  }

  /// Gives others the memory that this file has: what can be is sealed, the rest goes to the spool.
  ///
  /// - Returns: whether there was any.
  func giveBack() throws -> Bool {
    guard streaming != nil, isSequential else { return try spoolAll() }
    let wasSealing = sealing != nil
    try finishSealing()
    if try sealHeld() || wasSealing { return true }
    return try spoolHeld()
  }

  /// Moves all that lies in memory to the spool.
  ///
  /// - Returns: whether that gave any memory back.
  @discardableResult
  func spoolAll() throws -> Bool {
    guard !held.isEmpty else { return false }
    try leaveStream(before: 0)
    isSequential = false
    return try spoolHeld()
  }

  func spoolHeld() throws -> Bool {
    guard !held.isEmpty else { return false }
    for index in held.keys.sorted() {
      guard let block = held[index] else { continue }
      try mark()
      try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
    }
    held = [:]
    order = []
    return true
  }

  /// Makes what was written durable in the spool.
  func sync() throws {
    guard hasNews else { return }
    try mark()
    try leaveStream(before: 0)
    try keepCuts()
    for index in held.keys.sorted() {
      if let block = held[index] {
        try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
      }
    }
    description.length = length
    place(&description)
    try spool?.sync(description)
  }

  /// Where the version that was opened was cut, what stands there now is not its content: after a
  /// crash nobody else would know.
  func keepCuts() throws {
    guard let base, baseLength < base.length, let spool else { return }
    let end = min(base.count, (length + Self.blockSize - 1) / Self.blockSize)
    let block = try spareBlock()
    try withExtendedLifetime(block) {
      for index in min(baseLength / Self.blockSize, end)..<end
      where held[index] == nil && !spool.holds(index) {
        try fill(block.bytes, with: index)
        try spool.put(UnsafeRawBufferPointer(block.bytes), at: index)
      }
    }
  }

  /// Says anew, in the spool, what the file is.
  func describeAgain() {
    place(&description)
    try? spool?.describe(description)
  }

  /// The file has no name any more, but programs have it open: its spool goes on without one, too.
  func loseName() {
    description.isTemporary = true
    spool?.remove()
  }

  /// Nothing of this is wanted any more.
  func dropSpool() {
    spool?.remove()
    spool = nil
  }
}
