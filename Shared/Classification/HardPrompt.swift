/// The hard prompt: N → M candidates, entropy bound log N → log M (the paper's (20, 21)).
public struct HardPrompt: Sendable, Equatable {
  /// What decides whether a small model is good at a class, and when it holds it improbable.
  public struct Rule: Sendable, Equatable, Codable {
    /// Recall on held-out data at or above which a class counts as one the small model is good at, 0 to 1.
    public var recall: Float
    /// Precision likewise.
    public var precision: Float
    /// Probability below which the small model holds a candidate improbable, 0 to 1.
    public var improbable: Float
    /// At least this many candidates stay, the most probable ones.
    public var keepsAtLeast: Int

    /// A rule; the defaults remove only what a trustworthy small model all but excludes.
    public init(recall: Float = 0.8, precision: Float = 0.8, improbable: Float = 0.01, keepsAtLeast: Int = 2) {
      self.recall = recall
      self.precision = precision
      self.improbable = improbable
      self.keepsAtLeast = keepsAtLeast
    }
  }

  private let rule: Rule
  private let isGoodAt: [Bool]

  /// - Parameters:
  ///   - recall: [classes] on held-out data.
  ///   - precision: [classes] on held-out data.
  public init(rule: Rule, recall: [Float], precision: [Float]) {
    self.rule = rule
    isGoodAt = zip(recall, precision).map { $0 >= rule.recall && $1 >= rule.precision }
  }

  /// The candidates that stay for a sample, ascending.
  /// - Parameter small: [classes], the small model's probabilities.
  public func candidates(small: some RandomAccessCollection<Float>) -> [Int] {
    let kept = small.enumerated().filter { !(isGoodAt[$0.offset] && $0.element < rule.improbable) }.map(\.offset)
    guard kept.count < rule.keepsAtLeast else { return kept }
    let byProbability = small.enumerated().sorted { $0.element > $1.element }.map(\.offset)
    return byProbability.prefix(rule.keepsAtLeast).sorted()
  }
}
