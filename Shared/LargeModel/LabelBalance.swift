import Encoders
import Foundation

/// Biases that a classifier without labelled data needs because some labels' names lie near to every text.
///
/// Over texts whose classes are spread as `shares` says, each label's mean probability should be its share. The biases
/// that make it so are found by fixed-point iteration (prior matching; Saerens, Latinne and Decaestecker 2002 for
/// classifiers, Zhou et al. 2024, https://arxiv.org/abs/2309.17249, for prompts).
enum LabelBalance {
  /// Half a step in the logarithm each time: whole steps swing.
  private static let damping: Float = 0.5

  /// - Parameters:
  ///   - logits: a row a text, a column a label.
  ///   - shares: of each label, above 0, summing to 1.
  static func biases(logits: FeatureMatrix, shares: [Float], iterations: Int = 20) -> [Float] {
    var biases = [Float](repeating: 0, count: logits.columns)
    for _ in 0..<iterations {
      let means = meanProbabilities(logits, biases)
      for label in biases.indices {
        biases[label] -= damping * log(max(means[label], .leastNormalMagnitude) / shares[label])
      }
    }
    return biases
  }

  private static func meanProbabilities(_ logits: FeatureMatrix, _ biases: [Float]) -> [Float] {
    var means = [Float](repeating: 0, count: logits.columns)
    for row in 0..<logits.rows {
      let biased = zip(logits[row], biases).map { $0 + $1 }
      let highest = biased.max() ?? 0
      let powers = biased.map { exp($0 - highest) }
      let sum = powers.reduce(0, +) * Float(logits.rows)
      for (label, power) in powers.enumerated() { means[label] += power / sum }
    }
    return means
  }
}
