/// The most probable class and its probability: the confidence of the paper's (1).
public struct TopLabel: Sendable, Equatable {
  /// The class's index.
  public let label: Int
  /// Its probability, 0 to 1.
  public let probability: Float

  /// A class and its probability.
  public init(label: Int, probability: Float) {
    self.label = label
    self.probability = probability
  }

  /// The most probable of some classes; the first of equals. Class 0 with 0 where there is none.
  public init(_ probabilities: some Collection<Float>) {
    var best = (label: 0, probability: Float(0))
    for (label, probability) in probabilities.enumerated() where probability > best.probability {
      best = (label, probability)
    }
    self.init(label: best.label, probability: best.probability)
  }
}
