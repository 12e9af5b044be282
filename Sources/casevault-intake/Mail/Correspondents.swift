internal import CGMime

/// The people in an address header, as shown and as bare addresses.
struct Correspondents {
  /// `Name <address>`, or the address alone.
  private(set) var shown: [String] = []
  private(set) var addresses: [String] = []

  /// Groups within groups are followed no further.
  private static let groupDepth = 4

  mutating func add(_ list: UnsafeMutablePointer<InternetAddressList>?) {
    add(list, depth: 0)
  }

  /// Adds what cannot be understood as an address, as it stands.
  mutating func add(raw: String) {
    guard !raw.isEmpty else { return }
    shown.append(raw)
  }

  private mutating func add(_ list: UnsafeMutablePointer<InternetAddressList>?, depth: Int) {
    guard let list, depth < Self.groupDepth else { return }
    for index in 0..<internet_address_list_length(list) {
      guard shown.count < listLimit else { return }
      guard let address = internet_address_list_get_address(list, index) else { continue }
      if cg_is_group(address) != 0 {
        add(internet_address_group_get_members(cg_group(address)), depth: depth + 1)
      } else if cg_is_mailbox(address) != 0 {
        add(mailbox: address)
      }
    }
  }

  private mutating func add(mailbox: UnsafeMutablePointer<InternetAddress>) {
    let address = plainLine(internet_address_mailbox_get_addr(cg_mailbox(mailbox))) ?? ""
    let name = plainLine(internet_address_get_name(mailbox)) ?? ""
    guard !address.isEmpty || !name.isEmpty else { return }
    if address.isEmpty {
      shown.append(name)
    } else {
      shown.append(name.isEmpty ? address : plainLine("\(name) <\(address)>"))
      addresses.append(address)
    }
  }
}
