internal import Dispatch
internal import Storage
internal import Synchronization

/// Syncs drafts on a thread of its own, ahead of their publication.
final class AheadSync: Sendable {
  private let group = DispatchGroup()
  private let failure = Mutex<StorageError?>(nil)

  init(_ drafts: [Draft]) {
    DispatchQueue.global(qos: .userInitiated).async(group: group) {
      do throws(StorageError) {
        for draft in drafts { try draft.syncAhead() }
      } catch {
        self.failure.withLock { $0 = error }
      }
    }
  }

  func wait() { group.wait() }

  /// - Throws: `failed` where a draft could not be synced; it is never synced again.
  func result() throws(VaultError) {
    wait()
    if let failure = failure.withLock({ $0 }) { throw VaultError(failure, while: "filing") }
  }
}
