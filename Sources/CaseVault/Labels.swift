internal import Sealing

// Every use of BLAKE2b has a label of its own (FORMAT §1.1, §1.4).
extension Label {
  static let statement = Label("cv1.statement")
  static let segment = Label("cv1.segment")
  static let device = Label("cv1.device")
  static let caseID = Label("cv1.case")
  static let record = Label("cv1.record")
  static let cache = Label("cv1.cache")
  static let chunk = Label("cv1.chunk")
  static let root = Label("cv1.root")
  static let made = Label("cv1.made")
  static let chain = Label("cv1.chain")
  static let seen = Label("cv1.seen")

  static let masterCommitment = Label("cv1.master.com")
  static let intake = Label("cv1.intake")
  static let wrap = Label("cv1.wrap")
  static let caseCommitment = Label("cv1.case.com")
  static let recordKey = Label("cv1.record.key")
  static let recordCommitment = Label("cv1.record.com")
  static let manifest = Label("cv1.manifest")
  static let content = Label("cv1.content")
  static let chunks = Label("cv1.chunks")
  static let hashes = Label("cv1.hashes")
  static let log = Label("cv1.log")
  static let row = Label("cv1.row")
  static let spool = Label("cv1.spool")
  static let spoolOwn = Label("cv1.spool.own")
  static let state = Label("cv1.state")
  static let identityCommitment = Label("cv1.ident.com")
  static let identity = Label("cv1.identity")

  static let joiningWords = Label("cv1.words")
  static let stateWords = Label("cv1.state.words")
}
