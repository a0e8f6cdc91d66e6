import Postgres

/// A row that Postgres would refuse, or that would spoil the sums; it belongs among the rejections.
public struct RefusedRow: Sendable, Equatable {
  /// The row as it was handed in.
  public let row: ResultRow
  /// Where it stood in the batch.
  public let place: Int
  /// Field, value and bound; or the database's own words.
  public let reason: String
  /// The same for equal faults, without what is this row's own.
  public let kind: String

  init(row: ResultRow, place: Int, reason: String) {
    (self.row, self.place, self.reason, kind) = (row, place, reason, "a value out of its bounds")
  }

  init(row: ResultRow, place: Int, _ error: PostgresError) {
    (self.row, self.place) = (row, place)
    reason = "cannot be stored: \(error)".cut(toBytes: 1000)
    kind = "refused by Postgres, SQLSTATE \(error.sqlState ?? "unknown")"
  }
}

extension Distribution {
  /// Why these are no probabilities of labels; `nil` where they are.
  fileprivate var refusal: String? {
    guard labels.count == probabilities.count else {
      return "\(labels.count) labels have \(probabilities.count) probabilities"
    }
    for (label, probability) in zip(labels, probabilities) where !(0...1 ~= probability) {
      return "the probability of \"\(label)\" is \(probability), not 0 to 1"
    }
    let sum = probabilities.reduce(rest, +)
    return sum <= Self.mostMass ? nil : "the probabilities add up to \(sum), more than 1"
  }

  /// 1, and what rounding of many labels may add.
  private static let mostMass: Float = 1.01
}

extension ResultRow {
  /// Bytes that a key's text may have: five of them share an index entry, which Postgres limits to 2,704 bytes.
  public static let longestKey = 512

  /// Why the row cannot be stored; `nil` where it can.
  public var refusal: String? { keyRefusal ?? numberRefusal ?? usageRefusal ?? timeRefusal }

  private var keyRefusal: String? {
    let keys = [("task", task), ("id", id), ("model_version", modelVersion), ("category", category ?? "")]
    for (name, text) in keys where text.utf8.count > Self.longestKey {
      return "\(name) has \(text.utf8.count) bytes; at most \(Self.longestKey) can be stored"
    }
    for (name, text) in keys.prefix(2) where text.isEmpty { return "\(name) is empty" }
    return nil
  }

  private var numberRefusal: String? {
    let shares = [
      ("confidence", confidence), ("threshold", threshold), ("specific_confidence", specific?.confidence),
      ("rest_probability", distribution?.rest),
    ]
    // NaN lies outside every range.
    for case (let name, let share?) in shares where !(0...1 ~= share) { return "\(name) is \(share), not 0 to 1" }
    return distribution?.refusal
  }

  private var timeRefusal: String? {
    let times = [("produced_at", producedAt), ("routed_at", routedAt), ("answered_at", answeredAt)]
    // NaN lies outside every range.
    for case (let name, let time?) in times where !(Self.years ~= time.timeIntervalSince1970) {
      return "\(name) is \(time.timeIntervalSince1970) s from 1970, not in the years 1 to 9999"
    }
    return nil
  }

  /// From 0001-01-01 to 9999-12-31, in seconds from 1970.
  private static let years = -62_135_596_800.0...253_402_300_799

  private var usageRefusal: String? {
    guard let usage else { return nil }
    // Sums of more would overflow, or swallow what is added to them.
    if !(0...1e9 ~= usage.cost) { return "cost is \(usage.cost), not 0 to 1e9 dollars" }
    for (name, count) in [("prompt_tokens", usage.promptTokens), ("completion_tokens", usage.completionTokens)]
    where !(0...Int(Int32.max) ~= count) { return "\(name) is \(count), not 0 to \(Int32.max)" }
    return nil
  }
}
