import ResultStore

/// One thing that was found of a round's candidate, or why there is none.
public struct RoundFinding: Sendable, Equatable {
  /// What was looked at, such as `less_accurate`; what a query asks for.
  public let kind: String
  /// What was found, in words with its numbers; what a person reads.
  public let text: String

  /// A finding.
  public init(kind: String, text: String) {
    self.kind = kind
    self.text = text
  }
}

/// How a round ends.
public struct RoundEnd: Sendable, Equatable {
  /// The round's number.
  public var round: Int
  /// The last answer that it read.
  public var to: AnswerCursor
  /// Samples by source and stage.
  public var counts: [String: Int]
  /// What came of it.
  public var outcome: RoundOutcome
  /// The version that it made.
  public var candidate: Int?
  /// In words and numbers.
  public var reasons: String
  /// The reasons one by one, with their kinds.
  public var findings: [RoundFinding]

  /// An end from plain fields.
  public init(
    round: Int, to: AnswerCursor, counts: [String: Int] = [:], outcome: RoundOutcome, candidate: Int? = nil,
    reasons: String, findings: [RoundFinding] = []
  ) {
    self.round = round
    self.to = to
    self.counts = counts
    self.outcome = outcome
    self.candidate = candidate
    self.reasons = reasons
    self.findings = findings
  }
}
