import Foundation

/// The exact one-sided sign test on the samples that two models disagree on (McNemar 1947 in its exact form): given how
/// many pairs differ, were both models equally good then losses and gains would be equally likely.
public struct SignTest: Sendable, Equatable {
  /// Samples that became wrong.
  public let losses: Int
  /// Samples that became right.
  public let gains: Int

  /// A test of losses against gains.
  public init(losses: Int, gains: Int) {
    self.losses = losses
    self.gains = gains
  }

  /// P(at least so many losses) were loss and gain equally likely, 0 to 1; by symmetry P(at most so many gains).
  public var probability: Double { BinomialBound.atMost(gains, of: losses + gains, probability: 0.5) }

  /// The least that `probability` can be with so many differing pairs: 2^−pairs.
  var leastProbability: Double { exp2(-Double(losses + gains)) }

  /// The tests that show a loss, such that with probability at least 1 − `alpha` none of them is a false alarm.
  ///
  /// Tarone's correction (1990): a test with so few differing pairs that it could never reach α ÷ k cannot raise a
  /// false alarm either, so it is not counted among the k that share α. Among 150 classes with 20 samples, most with
  /// two or three differing pairs, k is a handful, and a class that loses eight and gains none is seen.
  /// - Returns: the indices of these tests.
  public static func significant(_ tests: [SignTest], alpha: Double) -> [Int] {
    guard !tests.isEmpty else { return [] }
    for sharing in 1...tests.count {
      let limit = alpha / Double(sharing)
      let testable = tests.indices.filter { tests[$0].leastProbability <= limit }
      if testable.count <= sharing { return testable.filter { tests[$0].probability <= limit } }
    }
    return []
  }
}
