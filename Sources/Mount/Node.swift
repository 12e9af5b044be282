internal import CaseVault
internal import VaultFormat

/// Something in a mount that the kernel knows by a number.
///
/// Unless it says otherwise, everything here is touched with the mount's lock held.
class Node: @unchecked Sendable {
  /// The number: each node has its own as long as the mount lives.
  let number: UInt64
  /// How often the kernel looked it up and has not forgotten it.
  var lookups: UInt64 = 0

  init(_ number: UInt64) { self.number = number }
}

/// The root of the mount.
final class RootNode: Node, @unchecked Sendable {}

/// `Open/` or `Closed/`.
final class ListNode: Node, @unchecked Sendable {
  let isOpen: Bool
  /// The cases by the names of their folders.
  var cases: [String: CaseNode] = [:]
  /// Names under which cases were made in this mount, which go on working for whoever made them.
  var aliases: [String: [CaseNode]] = [:]
  /// Who has listed it last, and when, by the boot clock: one who has seen another folder under a name
  /// may mean that.
  private var listers: [(asker: Asker, at: Int64)] = []

  func note(lister: Asker, at now: Int64) {
    listers.removeAll { $0.asker == lister }
    listers.append((lister, now))
    if listers.count > 64 { listers.removeFirst() }
  }

  /// Whether a program has listed it since then.
  func wasListed(by asker: Asker, since moment: Int64) -> Bool {
    listers.contains { $0.at >= moment && asker.worksWith($0.asker) }
  }

  /// How often the names changed.
  var changes = 0
  /// The changes that the kernel was last told of.
  var toldChanges = -1
  /// The cases in the order of the last listing.
  private(set) var order: [CaseNode] = []
  /// In that order, the case that was visited last, and the end of those that are foreseen.
  var visitedPlace: Int?
  var foreseenEnd = 0

  init(_ number: UInt64, isOpen: Bool) {
    self.isOpen = isOpen
    super.init(number)
  }

  /// Takes in the order in which the cases were listed.
  func take(order: [CaseNode]) {
    self.order = order
    for (place, folder) in order.enumerated() { folder.place = place }
    visitedPlace = nil
    foreseenEnd = 0
  }
}

/// The folder of one case, or of one that is to be.
final class CaseNode: Node, @unchecked Sendable {
  /// Nil until its first file is filed.
  var caseID: Identifier?
  /// The client's name as the person typed it, for a case that is to be.
  var typedName: String?
  /// Who made the folder and filed in it, where it was made in this mount. The maker does not see the
  /// three folders in it until it has looked: who copies a whole tree makes them itself, and takes it
  /// for an error that they are there.
  var founders: Founders?
  /// When it was made in this mount, by the boot clock.
  var madeAt: Int64 = 0
  /// Whether it was said that a program may mean another folder as well by the name.
  var isContested = false
  /// Whether somebody has listed it.
  var isListed = false
  /// Of the case, for messages; never a name.
  var reference = "a new case"
  /// The list that shows it.
  let list: ListNode
  var view: CaseView?
  var stamp: Int?
  /// When it was looked at, by the boot clock; nil before, and where others changed it.
  var visitedAt: Int64?
  private(set) var shelves: [ShelfNode] = []
  let summary: FileNode
  /// When a program changed something in it, in seconds since 1970.
  var changedAt: Int
  /// Held, before the mount's lock, while something is filed in it or it is looked at: what was
  /// seen is never older than what was filed here.
  let filing = Lock()

  init(in list: ListNode, changedAt: Int, _ number: () -> UInt64) {
    self.list = list
    self.changedAt = changedAt
    summary = FileNode(number(), "Summary.html")
    super.init(number())
    summary.isSummary = true
    summary.folder = self
    shelves = ShelfNode.kinds.map { ShelfNode(number(), in: self, $0.name, kind: $0.kind, number) }
  }

  /// What is in it: the three folders, as far as nobody has removed them, and a case's summary.
  var entries: [(name: String, node: Node)] {
    shelves.filter { !$0.isRemoved }.map { ($0.name, $0) }
      + (caseID == nil ? [] : [(summary.name, summary)])
  }
  /// The names that the kernel was told last.
  var toldNames: [String] = []

  /// Its place in ``ListNode/order``.
  var place: Int?

  func shelf(named name: String) -> ShelfNode? { shelves.first { $0.name == name } }
}

/// One of the three folders of a case.
final class ShelfNode: Node, @unchecked Sendable {
  static let kinds: [(name: String, kind: String)] = [
    ("Notes", RecordKind.note), ("Correspondence", RecordKind.mail), ("Scans", RecordKind.scan),
  ]

  let name: String
  let kind: String
  let folder: CaseNode
  let versions: VersionsNode
  /// Everything in it that is not hidden: files of records, new ones, temporary ones.
  var files: [String: FileNode] = [:]
  /// The records whose files were moved out of the way of a new version, by their names.
  var vacated: [String: Record] = [:]
  /// The records that were withdrawn in this mount, by their files' names.
  var withdrawn: [String: Record] = [:]
  /// Removed by the person, in a case that is to be.
  var isRemoved = false
  /// Made by the person, or shown to them.
  var isMade = true
  var changes = 0
  var toldChanges = -1
  /// When a program made, renamed or removed a file in it, in seconds since 1970.
  var changedAt: Int

  init(
    _ number: UInt64, in folder: CaseNode, _ name: String, kind: String, _ next: () -> UInt64
  ) {
    self.folder = folder
    self.name = name
    self.kind = kind
    changedAt = folder.changedAt
    versions = VersionsNode(next())
    super.init(number)
    versions.shelf = self
  }
}

/// `.versions/` in one of the three folders.
final class VersionsNode: Node, @unchecked Sendable {
  weak var shelf: ShelfNode?
  var files: [String: FileNode] = [:]
}

/// A file: of a record, of one that is to be, temporary, or generated.
final class FileNode: Node, @unchecked Sendable {
  /// The name in its folder.
  var name: String
  /// The name that a program gave it, where that is shown otherwise.
  var typed: String?
  /// Nil for the summary.
  weak var shelf: ShelfNode?
  /// For the summary.
  weak var folder: CaseNode?
  var isSummary = false
  /// One of `.versions/`.
  var isOld = false
  /// The version that it shows; nil for what no record holds.
  var record: Record? {
    didSet { titled = record.map { FileNames.typed(of: $0.manifest) } }
  }
  /// Whether the case was shown anew while programs were at work on it, and it stayed as it was.
  var isPassedOver = false
  /// The name that its record gives it, as a person typed it.
  private(set) var titled: String?
  /// Lives in the mount only.
  var isTemporary = false
  /// Of a record whose file was moved out of the way under a name that counts: when. Until its new
  /// version comes it may be that; after some seconds it is a file that got another name.
  var movedAside: Int64?
  /// The records whose files it was moved over meanwhile: it will take their place.
  var over: [Record] = []
  /// Whether it was said that it could not be filed under its new name.
  var isDelayTold = false
  /// Its name was taken away or went to another file.
  var isGone = false
  /// How many handles are open, and how many of them may write.
  var handles = 0
  var writers = 0
  /// Set by a program, in seconds since 1970.
  var modified: Int?
  /// When it was made or changed in this mount, where no record says so.
  var changedAt = 0
  /// The open that the versions made now belong to.
  var sitting: String?
  /// Whether programs are making something of it that no record holds.
  var isUnfinished = false
  /// Whether neither the vault nor this computer could take what programs made of it, when they had
  /// closed it.
  var isUnkept = false
  /// Of an unfinished file, kept for those who ask with only the mount's lock.
  var length = 0
  /// The bytes behind the end of the last read: reading from front to back is foreseen.
  var readEnd = 0
  /// What the summary says, as of the case's stamp.
  var page: (stamp: Int?, bytes: [UInt8])?
  /// Who wrote last.
  var program: String?

  /// Held, before the mount's lock, by whoever reads or changes the content.
  let content = FileContent()

  init(_ number: UInt64, _ name: String) {
    self.name = name
    super.init(number)
  }
}

/// What a file holds; under a lock of its own, as reading and writing take time.
final class FileContent: @unchecked Sendable {
  /// The version that the file shows, open.
  var chunks: RecordChunks?
  /// What programs are making of it.
  var unfinished: Unfinished?
  let lock = Lock()
}
