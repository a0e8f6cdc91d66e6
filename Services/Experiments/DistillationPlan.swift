/// How an experiment's small model is distilled.
public struct DistillationPlan: Sendable, Equatable {
  /// After which shares of the stream a round is asked for, rising.
  public var rounds = [0.6, 0.8, 1.0]
  /// S2's δ serves the best accuracy with at most this share of queries on held-out rows. It is lower than what is aimed
  /// at: a part is left to the chance that held-out rows and the stream differ.
  public var queryBudget: Float = 0.035
  /// Epochs of a round; `nil`: as many as the small model's own training had.
  public var epochs: Int?

  /// The values above: at no more than 5 % queries.
  public init() {}
}
