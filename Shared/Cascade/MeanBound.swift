import Foundation

/// The Hoeffding–Bentkus bound on the mean of numbers from 0 to 1 that need not be 0 or 1 (Bates et al. 2021, (8)).
public enum MeanBound {
  /// The largest mean at which so small a sum still has probability `alpha`, by the better of two tail bounds: that of
  /// Hoeffding (1963), exp(−n kl(x, μ)), and that of Bentkus (2004), e P(Binomial(n, μ) ≤ ⌈n x⌉), x the mean that was seen.
  /// - Parameters:
  ///   - sum: of `count` independent numbers, each 0 to 1.
  ///   - alpha: between 0 and 1.
  /// - Returns: 0 to 1; 1 where there are no numbers.
  public static func upper(sum: Double, count: Int, alpha: Double) -> Double {
    guard count > 0, sum < Double(count) else { return 1 }
    let mean = sum / Double(count)
    var (low, high) = (mean, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      let hoeffding = exp(-Double(count) * divergence(mean, middle))
      let bentkus = M_E * BinomialBound.atMost(Int(sum.rounded(.up)), of: count, probability: middle)
      if min(hoeffding, bentkus) > alpha { low = middle } else { high = middle }
    }
    return high
  }

  /// kl(x, μ) between Bernoulli distributions, x ≤ μ.
  private static func divergence(_ x: Double, _ mu: Double) -> Double {
    func term(_ p: Double, _ q: Double) -> Double { p > 0 ? p * log(p / q) : 0 }
    return mu < 1 ? term(x, mu) + term(1 - x, 1 - mu) : .infinity
  }
}
