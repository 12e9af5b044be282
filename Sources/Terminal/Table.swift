/// Rows under headings, for the eyes of a person.
///
/// Scripts are given JSON; nobody should parse this.
package struct Table: Sendable {
  package enum Alignment: Sendable {
    case leading
    case trailing
  }

  package struct Column: Sendable {
    let title: String
    let alignment: Alignment
    let isWhole: Bool

    /// - Parameter isWhole: A column that is never cut, such as references: half a one is of no use.
    package init(_ title: String, alignment: Alignment = .leading, isWhole: Bool = false) {
      self.title = escaped(title)
      self.alignment = alignment
      self.isWhole = isWhole
    }
  }

  private static let gap = "  "
  private static let narrowest = 6

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) {
    self.columns = columns
  }

  /// A table whose columns are all cut where needed and aligned to the left.
  package init(_ titles: String...) {
    self.init(titles.map { Column($0) })
  }

  package var isEmpty: Bool { rows.isEmpty }

  /// Adds a row; its cells are escaped, missing ones are empty, surplus ones are left out.
  package mutating func add(_ cells: [String]) {
    let missing = repeatElement("", count: max(0, columns.count - cells.count))
    rows.append(cells.prefix(columns.count).map(escaped) + missing)
  }

  /// Returns the heading and the rows as lines without trailing blanks.
  ///
  /// - Parameter width: The columns of the terminal; `nil` cuts nothing, for a
  ///   pipe or a file. A table of whole columns may still be wider.
  package func rendered(width: Int?) -> [String] {
    let widths = columnWidths(fitting: width)
    return ([columns.map(\.title)] + rows).map { line($0, widths: widths) }
  }

  private func line(_ cells: [String], widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let text = truncated(cell, toWidth: widths[index])
      let padding = String(repeating: " ", count: widths[index] - displayWidth(text))
      if index > 0 { line += Self.gap }
      line += columns[index].alignment == .leading ? text + padding : padding + text
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// What each column needs, the widest ones giving way first until the line fits.
  private func columnWidths(fitting limit: Int?) -> [Int] {
    var widths = columns.indices.map { index in
      rows.reduce(displayWidth(columns[index].title)) { max($0, displayWidth($1[index])) }
    }
    guard let limit else { return widths }
    var surplus = widths.reduce(Self.gap.count * (columns.count - 1), +) - limit
    while surplus > 0 {
      let candidates = columns.indices.filter {
        !columns[$0].isWhole && widths[$0] > Self.narrowest
      }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      surplus -= 1
    }
    return widths
  }
}
