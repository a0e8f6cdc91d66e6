import Foundation

/// The exact (Clopper–Pearson 1934) bound on a probability.
public enum BinomialBound {
  /// The largest p at which seeing `successes` or fewer of `trials` still has probability `alpha`.
  /// - Returns: 0 to 1; 1 where there are no trials.
  public static func upper(successes: Int, trials: Int, alpha: Double) -> Double {
    guard trials > 0, successes < trials else { return 1 }
    var (low, high) = (Double(successes) / Double(trials), 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if atMost(successes, of: trials, probability: middle) > alpha { low = middle } else { high = middle }
    }
    return high
  }

  /// P(X ≤ successes) for X binomial, each term in logarithms from the one before.
  static func atMost(_ successes: Int, of trials: Int, probability: Double) -> Double {
    guard probability > 0 else { return 1 }
    guard probability < 1 else { return successes >= trials ? 1 : 0 }
    let odds = log(probability) - log1p(-probability)
    var term = Double(trials) * log1p(-probability)
    var sum = exp(term)
    for k in 0..<successes {
      term += log(Double(trials - k) / Double(k + 1)) + odds
      sum += exp(term)
    }
    return sum
  }
}
