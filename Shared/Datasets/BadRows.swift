/// How many of a file's rows may be refused before the whole file is.
public enum BadRows: Sendable, Equatable {
  /// A part of the rows, 0 to 1; of a part above 0 at least one row.
  case share(Double)
  /// So many rows.
  case count(Int)

  /// No row.
  public static let none = BadRows.count(0)

  /// As people write it: `1%`, or a number of rows; `nil` for anything else.
  public init?(_ text: String) {
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
      self = .share(percent / 100)
    } else {
      guard let count = Int(text), count >= 0 else { return nil }
      self = .count(count)
    }
  }

  /// How many of so many rows.
  public func allowed(of rows: Int) -> Int {
    switch self {
    case .count(let count): count
    case .share(let share): share > 0 ? max(1, Int(share * Double(rows))) : 0
    }
  }
}

extension BadRows: CustomStringConvertible {
  /// As `init` reads it.
  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .share(let share):
      share * 100 == (share * 100).rounded() ? "\(Int(share * 100))%" : "\(share * 100)%"
    }
  }
}

/// What became of a file's rows.
public struct RowTally: Sendable, Equatable {
  /// A row that was refused.
  public struct Refusal: Sendable, Equatable, CustomStringConvertible {
    /// Its number among the rows, from 1; blank lines and the header do not count.
    public let row: Int
    /// The line that it begins on, from 1; `nil` where rows have no lines.
    public let line: Int?
    /// What is wrong with it.
    public let reason: String

    /// Such as `row 7, line 9: 4 fields where the header has 3`.
    public var description: String { "row \(row)\(line.map { ", line \($0)" } ?? ""): \(reason)" }
  }

  /// Rows so far, the refused among them.
  public internal(set) var rows = 0
  /// Rows that were refused.
  public private(set) var refused = 0
  /// The first of them.
  public private(set) var refusals: [Refusal] = []
  /// Rows that say what an earlier one said, word for word; left out where ids are compared.
  public internal(set) var repeats = 0
  /// Rows of empty fields, and blank lines.
  public internal(set) var blanks = 0
  /// Times that the header stands among the rows again, as in files put one after the other.
  public internal(set) var repeatedHeaders = 0
  /// Whether there were more ids than are remembered, so that later ones were compared with the first ones only.
  public internal(set) var hasForgottenIDs = false

  /// So many refusals are kept.
  static let keptRefusals = 10

  /// Nothing read yet.
  public init() {}

  /// - Returns: the refusal.
  @discardableResult
  mutating func refuse(_ reason: String, line: Int?) -> Refusal {
    let refusal = Refusal(row: rows, line: line, reason: reason)
    refused += 1
    if refusals.count < Self.keptRefusals { refusals.append(refusal) }
    return refusal
  }

  /// What is to be told of the rows, a line each; empty where all is well.
  public var notes: [String] {
    var notes: [String] = []
    if refused > 0 {
      notes.append("\(refused) of \(rows) rows refused:")
      notes += refusals.map { "  \($0)" }
      if refused > refusals.count { notes.append("  and \(refused - refusals.count) more") }
    }
    if repeats > 0 { notes.append("\(repeats) rows repeat an earlier one and are left out") }
    if repeatedHeaders > 0 { notes.append("the header stands among the rows \(repeatedHeaders) times and is left out") }
    if hasForgottenIDs { notes.append("ids were compared with those of the first \(IDLedger.capacity) rows only") }
    return notes
  }

  /// - Throws: `DatasetError` where there is no row, no good one, or more bad ones than allowed.
  func check(_ allowed: BadRows) throws(DatasetError) {
    guard rows > 0 else { throw DatasetError("has no rows") }
    guard refused > allowed.allowed(of: rows) || refused == rows else { return }
    let limit = refused == rows ? "none is left" : "allowed are \(allowed) (--bad-rows)"
    throw DatasetError("is refused, \(limit): " + notes.joined(separator: "\n"))
  }

  /// Whether so many rows are bad already that reading on is of no use, told from so few that chance counts little.
  func isHopeless(_ allowed: BadRows) -> Bool { refused > allowed.allowed(of: max(rows, 1000)) }
}
