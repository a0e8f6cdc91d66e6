/// A table in plain text: columns as wide as what they hold, numbers to the right.
///
///     stage      answers   share
///     --------  -------  ------
///     specific   12,004  60.0 %
public struct Table: Sendable, CustomStringConvertible {
  private let header: [String]
  private var rows: [[String]] = []

  /// A table with its columns' names and no rows.
  public init(_ header: String...) { self.init(header) }

  /// A table with its columns' names and no rows.
  public init(_ header: [String]) { self.header = header }

  /// A table with rows.
  public init(_ header: [String], rows: [[String]]) {
    self.init(header)
    for row in rows { add(row) }
  }

  /// Adds a row. Missing cells are empty; cells beyond the header are left out; line breaks become spaces.
  public mutating func add(_ cells: [String]) {
    let missing = header.dropFirst(cells.count).map { _ in "" }
    rows.append(
      (cells + missing).prefix(header.count).map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") })
  }

  /// Adds a row.
  public mutating func add(_ cells: String...) { add(cells) }

  /// The lines, each ended by a line feed.
  public var description: String {
    let widths = header.indices.map { column in ([header] + rows).map { columns(of: $0[column]) }.max() ?? 0 }
    let isNumeric = header.indices.map { column in
      let filled = rows.map { $0[column] }.filter { !$0.isEmpty }
      return !filled.isEmpty && filled.allSatisfy(isNumber)
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([header, rule] + rows).map { line($0, widths, isNumeric) }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int], _ isNumeric: [Bool]) -> String {
    let padded = cells.indices.map { column in
      let padding = String(repeating: " ", count: widths[column] - columns(of: cells[column]))
      return isNumeric[column] ? padding + cells[column] : cells[column] + padding
    }
    let text = padded.joined(separator: "  ")
    return text.prefix(upTo: text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex) + "\n"
  }
}

/// Numbers with sign, thousands' commas, decimals, a percent sign, and a dash or question mark for none.
private func isNumber(_ cell: String) -> Bool {
  if ["-", "–", "?"].contains(cell) { return true }
  let digits = cell.filter { !"+-−,. %".contains($0) }
  return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
}

/// Columns that a terminal gives to a text: East Asian wide characters and emoji take two, marks none.
func columns(of text: String) -> Int {
  text.reduce(0) { columns, character in
    guard let scalar = character.unicodeScalars.first else { return columns }
    return columns + (isWide(scalar) ? 2 : 1)
  }
}

private func isWide(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
    0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
    true
  default: scalar.properties.isEmojiPresentation
  }
}
