/// The body of an enrolment request (FORMAT §5.4): a device that is not on the
/// roster yet asks to join.
package struct EnrolmentRequest: Equatable, Sendable {
  /// The name that the person goes by: 1 to 255 bytes without control characters.
  package let name: String
  package let device: DeviceKeys
  package let time: Timestamp

  package init(name: String, device: DeviceKeys, time: Timestamp) {
    self.name = name
    self.device = device
    self.time = time
  }

  /// - Throws: `missing`, `invalid`.
  package init(_ members: [String: JSON]) throws(FormatError) {
    name = try members.require("name", Member.name)
    device = DeviceKeys(
      sign: try members.identifier("sign"), unlock: try members.identifier("unlock"))
    time = try members.require("time") { $0.string.flatMap { Timestamp($0) } }
  }

  package var members: [String: JSON] {
    [
      "name": .string(name), "sign": JSON(device.sign), "time": .string(time.text),
      "unlock": JSON(device.unlock),
    ]
  }
}
