import Cascade

/// What the gate decided on a candidate, on what figures, and why.
public struct Verdict: Sendable, Equatable {
  /// What becomes of the candidate.
  public enum Decision: String, Sendable {
    /// It answers from now on.
    case promoted
    /// It is kept, with the reasons, and answers nothing.
    case rejected
  }

  /// One reason, in words with its numbers.
  public struct Reason: Sendable, Equatable {
    /// What was looked at: each criterion of the gate names its own.
    public struct Kind: Sendable, Hashable {
      /// Such as `less_accurate`.
      public let name: String

      init(_ name: String) { self.name = name }

      /// It is neither more accurate at no more queries nor as accurate at fewer.
      public static let noWin = Kind("no_win")
    }

    /// What was looked at.
    public let kind: Kind
    /// The sentence, with its numbers.
    public let text: String
  }

  /// What becomes of the candidate.
  public let decision: Decision
  /// Why: what was won, or everything that speaks against it.
  public let reasons: [Reason]
  /// What was compared.
  public let quality: CorpusQuality
  /// The cascade with the candidate, on the held-out samples.
  public let candidate: CascadeMetrics
  /// The cascade that answers now.
  public let inForce: CascadeMetrics
  /// S1, then the large model.
  public let undistilled: CascadeMetrics
  /// The candidate's accuracy, or BLEU, less that in force, paired.
  public let accuracyDifference: Interval
  /// The candidate's query share less that in force, paired.
  public let queryShareDifference: Interval
  /// By region, label and category, against the cascade in force.
  public let groups: [GroupComparison]

  /// The reasons as one text.
  public var summary: String { "\(decision.rawValue): " + reasons.map(\.text).joined(separator: "; ") }
}
