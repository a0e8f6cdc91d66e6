import Foundation

/// Softmax with temperature: p_k = exp(z_k / T) ÷ Σ exp(z_j / T) (Guo et al. 2017; the paper's (1) takes its maximum).
public enum Softmax {
  /// Turns logits into probabilities in place.
  /// - Parameters:
  ///   - logits: [classes]; any finite numbers.
  ///   - temperature: above 0; 1 leaves the network's own sureness.
  public static func apply(to logits: UnsafeMutableBufferPointer<Float>, temperature: Float) {
    guard var highest = logits.first else { return }
    for logit in logits where logit > highest { highest = logit }
    var sum: Float = 0
    for index in logits.indices {
      let value = exp((logits[index] - highest) / temperature)
      logits[index] = value
      sum += value
    }
    for index in logits.indices { logits[index] /= sum }
  }

  /// The probabilities of some logits.
  public static func probabilities(_ logits: [Float], temperature: Float = 1) -> [Float] {
    var result = logits
    result.withUnsafeMutableBufferPointer { apply(to: $0, temperature: temperature) }
    return result
  }
}

/// The most probable class and its probability: the confidence of the paper's (1).
public struct Confidence: Sendable, Equatable {
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

/// Entropy of a distribution.
public enum Entropy {
  /// −Σ p log₂ p, in bits: 0 where one class is certain, log₂ N for N equal ones (the bound of (20)).
  public static func bits(_ probabilities: some Sequence<Float>) -> Float {
    probabilities.reduce(0) { sum, probability in
      probability > 0 ? sum - probability * log2(probability) : sum
    }
  }
}
