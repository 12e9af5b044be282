internal import VaultFormat

extension KindInUse {
  /// Every kind of statement that this program writes, and the version that brought
  /// it. A vault of this version lists them from the start (FORMAT §6.4).
  static let all: [KindInUse] = [
    KindInUse(kind: .rosterFound, since: "0.1", must: true),
    KindInUse(kind: .rosterAdmit, since: "0.1", must: true),
    KindInUse(kind: .rosterKinds, since: "0.1", must: true),
    KindInUse(kind: .rosterDevice, since: "0.2", must: true),
    KindInUse(kind: .countersignature, since: "0.2", must: true),
    KindInUse(kind: .unlockKey, since: "0.1", must: true),
    KindInUse(kind: .request, since: "0.2", must: false),
    KindInUse(kind: .epoch, since: "0.1", must: true),
  ]
}
