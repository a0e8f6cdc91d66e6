import Foundation

/// How strongly errors that were counted speak against an error rate: the wealth of someone who bets that it is lower
/// (Waudby-Smith & Ramdas 2023, "Estimating means of bounded random variables by betting", section 4).
///
/// Were the rate above the limit, each bet would lose on average, so wealth from 1 reaches 1 ÷ α at any time at all with a
/// probability of at most α (Ville 1939). Whoever counts on may therefore look after each answer.
public enum BettingBound {
  /// The rates that are bet on at once, as parts of the limit, each with the same share of the wealth at the start. They
  /// stand closer where the rate is low, so that few answers can show much: at ε = 5 % and α = 5 %, 74 without an error.
  private static let bets = (0..<32).map { bet in
    let place = (Double(bet) + 0.5) / 32
    return place * place
  }

  /// The logarithm of the wealth.
  ///
  /// The bet that a rate r below the limit ε is the true one multiplies its part by (1 − r) ÷ (1 − ε) where an answer is
  /// right, and by r ÷ ε where it is wrong. For one that is neither, the bet is worth at least the product of both in that
  /// proportion, because the logarithm is concave; so only the sum of errors counts, and never in which order they came.
  /// - Parameters:
  ///   - errors: of `count` answers, each 0 to 1, summed.
  ///   - limit: ε, between 0 and 1.
  /// - Returns: 0 where there are no answers.
  public static func logWealth(errors: Double, count: Int, against limit: Double) -> Double {
    let right = Double(count) - errors
    let logarithms = bets.map { right * (log1p(-limit * $0) - log1p(-limit)) + errors * log($0) }
    let largest = logarithms.max() ?? 0
    return largest + log(logarithms.reduce(0) { $0 + exp($1 - largest) } / Double(bets.count))
  }

  /// Whether what was counted shows that the rate is at most `limit`: wrong with a probability of at most `alpha`,
  /// however often it is asked while counting goes on.
  public static func shows(errors: Double, count: Int, atMost limit: Double, alpha: Double) -> Bool {
    logWealth(errors: errors, count: count, against: limit) >= -log(alpha)
  }

  /// The least limit that what was counted shows: the rate is above it with a probability of at most `alpha`, however often
  /// it is asked while counting goes on.
  /// - Returns: 0 to 1; 1 where nothing was counted.
  public static func upper(errors: Double, count: Int, alpha: Double) -> Double {
    guard count > 0, errors < Double(count) else { return 1 }
    var (low, high) = (errors / Double(count), 1.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if shows(errors: errors, count: count, atMost: middle, alpha: alpha) { high = middle } else { low = middle }
    }
    return high
  }
}
