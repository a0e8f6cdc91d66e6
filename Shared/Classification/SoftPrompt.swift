import Foundation

/// The soft prompt for a large model that yields probabilities.
public enum SoftPrompt {
  /// large × small ÷ prior, renormalised: by Bayes' rule what both say together where they err independently given the
  /// class. The prior is the small model's mean prediction; without the division rare classes count twice as rare.
  /// - Parameters:
  ///   - large: [classes], zero for removed candidates.
  ///   - small: [classes].
  ///   - prior: [classes], the small model's class prior on held-out data.
  ///   - weight: exponent of the small model's share: 1 as in the paper's product, 0 leaves the large model alone.
  /// - Returns: [classes]; `large` itself where the product vanishes.
  public static func combine(large: [Float], small: [Float], prior: [Float], weight: Float = 1) -> [Float] {
    let floor: Float = 1e-6
    var product = large
    var sum: Float = 0
    for index in large.indices {
      let evidence = max(small[index], floor) / max(prior[index], floor)
      product[index] = large[index] * pow(evidence, weight)
      sum += product[index]
    }
    guard sum > 0, sum.isFinite else { return large }
    for index in product.indices { product[index] /= sum }
    return product
  }
}
