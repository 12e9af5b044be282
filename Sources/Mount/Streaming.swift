internal import Agent
internal import CaseVault
internal import Storage
internal import VaultFormat

/// A record on its way: the conversation in which it was begun, and what is sealed of it.
final class Streaming {
  /// What came of it.
  struct Published {
    let record: Record
    /// Its content, open.
    let chunks: RecordChunks
    /// The opening of the case, and what it says, where the file was the first of one.
    let opening: (record: Record, details: CaseDetails)?
  }

  let stream: RecordStream
  /// Where it was begun to go.
  let place: CasePlace
  private let proposal: RecordProposal
  /// Nil once it failed: what was sealed can still be read.
  fileprivate var taken: AgentPool.Taken?
  private var isPublished = false
  private let filing: Filing
  private let folder: Folder
  private let opening: (record: Record, details: CaseDetails)?

  /// Begins a record, and its case where that is to be opened.
  ///
  /// - Parameters:
  ///   - place: a case, or the client of one that is to be opened.
  ///   - proposal: what the record is to be, as far as is known.
  ///   - reserve: how many conversations must be left for others.
  init(
    _ proposal: RecordProposal, in place: CasePlace, _ actor: Request.Actor, _ pool: AgentPool,
    _ folder: Folder, leaving reserve: Int = 0
  ) throws {
    let taken = try pool.take(leaving: reserve)
    taken.client.actor = actor
    self.taken = taken
    self.place = place
    self.proposal = proposal
    self.folder = folder
    filing = Filing(with: taken.client, in: folder, overlaps: true)
    do {
      switch place {
      case .known(let caseID):
        opening = nil
        stream = try filing.stream(proposal, to: caseID)
      case .new(let client):
        let opened = try filing.open(
          CaseDetails(ofFolder: client), worked: proposal.worked)
        opening = (opened.opening, opened.details)
        stream = try filing.stream(proposal, to: opened.opening.caseID)
      }
    } catch {
      taken.isBroken = true
      throw error
    }
  }

  /// What was begun and not published must not stay with the agent.
  deinit { if !isPublished { giveUp() } }

  /// Seals the rest, signs, publishes.
  ///
  /// - Parameter proposal: what the record turned out to be; nil where that is known to be what was
  ///   proposed.
  /// - Throws: `VaultError`; then nothing of it counts.
  func publish(
    _ rest: [UnsafeRawBufferPointer], length: Int, as proposal: RecordProposal? = nil
  ) throws -> Published {
    do {
      let isRevised = proposal != nil && proposal != self.proposal
      let record = try filing.end(stream, rest, length: length, as: isRevised ? proposal : nil)
      try filing.commit()
      isPublished = true
      let chunks = try RecordChunks(record, with: stream.contentKey, in: folder)
      return Published(record: record, chunks: chunks, opening: opening)
    } catch {
      // What was begun in this conversation is dropped with it.
      taken?.isBroken = true
      taken = nil
      throw error
    }
  }
}

extension Streaming {
  /// Drops what was begun, with the conversation that it was begun in.
  func giveUp() { taken?.isBroken = true }
}

/// Where a record goes.
enum CasePlace: Equatable {
  case known(Identifier)
  /// A case that is opened for it, of a client of this name.
  case new(client: String)
}
