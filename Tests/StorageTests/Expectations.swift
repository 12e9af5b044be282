import Storage
import Testing

/// Expects a failure of the store with this reason.
func expect(
  _ reason: StorageError.Reason, _ location: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  let error = #expect(throws: StorageError.self, sourceLocation: location) { try body() }
  #expect(error?.reason == reason, sourceLocation: location)
}

/// Every kernel and share that the store meets, by the calls it lacks.
let worlds: [Set<Faults.Ability>] = [
  [], [.openBeneath], [.renameWithoutReplacing], [.renameWithoutReplacing, .link],
]

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
