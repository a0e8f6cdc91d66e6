import Foundation

/// Entropy of a distribution.
public enum Entropy {
  /// −Σ p log₂ p, in bits: 0 where one class is certain, log₂ N for N equal ones (the bound of (20)).
  public static func bits(_ probabilities: some Sequence<Float>) -> Float {
    probabilities.reduce(0) { sum, probability in
      probability > 0 ? sum - probability * log2(probability) : sum
    }
  }
}
