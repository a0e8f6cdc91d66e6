import Foundation

/// Watches answers one by one for the moment from which on the rate of errors lies on the other side of a limit: an
/// e-detector (Shin, Ramdas & Rinaldo 2024, "E-detectors: a nonparametric framework for sequential change detection").
///
/// Someone bets anew before each answer that from here on the rate is r, beyond the limit ε; the sum of all these wealths is
/// what is looked at (Shiryaev 1963, Roberts 1966). While the rate is not beyond ε, each answer adds no more than the 1 that
/// was put in for it, in the mean, so it takes at least `runLength` answers in the mean until the sum comes to `runLength`,
/// however the rate moves on its own side. Once it is beyond ε the sum grows exponentially.
public struct RateDetector: Sendable {
  /// Beyond which side of the limit the rate is looked for.
  public enum Side: Sendable {
    /// More errors than the limit.
    case above
    /// Fewer.
    case below
  }

  /// One rate that is bet on.
  private struct Bet: Sendable {
    /// λ of 1 + λ (error − ε), by which an answer multiplies each bet.
    let stake: Double
    /// The logarithm of the sum of the wealths.
    var sum = -Double.infinity
    /// The logarithm of the largest of them, and how many answers it has seen.
    var best = (wealth: 0.0, answers: 0)
  }

  private let limit: Double
  private let runLength: Double
  private var bets: [Bet]

  /// - Parameters:
  ///   - side: of the limit.
  ///   - limit: ε, between 0 and 1.
  ///   - runLength: how many answers it takes in the mean, at the least, until an alarm where there is no reason; above 1.
  public init(_ side: Side, _ limit: Double, runLength: Double) {
    self.limit = limit
    self.runLength = runLength
    // The stake that is best against r is (r − ε) ÷ (ε (1 − ε)). Rates stand closer where few errors tell much.
    bets = (0..<8).map { rate in
      let place = (Double(rate) + 0.5) / 8
      return Bet(stake: side == .above ? place * place / limit : (place * place - 1) / (1 - limit))
    }
  }

  /// Looks at the next answer.
  /// - Parameters:
  ///   - error: 0 to 1.
  ///   - weight: the part of each bet that is put on it, 0 to 1: of answers that become known more often than others, as
  ///     much less as they do.
  /// - Returns: whether the rate is beyond the limit.
  public mutating func sees(error: Double, weight: Double = 1) -> Bool {
    for index in bets.indices {
      let factor = log1p(weight * bets[index].stake * (error - limit))
      bets[index].sum = Self.logSum(bets[index].sum, 0) + factor
      if bets[index].best.wealth < 0 { bets[index].best = (0, 0) }
      bets[index].best.wealth += factor
      bets[index].best.answers += 1
    }
    let largest = bets.map(\.sum).max() ?? 0
    let mean = bets.reduce(0) { $0 + exp($1.sum - largest) } / Double(bets.count)
    return largest + log(mean) >= log(runLength)
  }

  /// How many of the answers that were seen came since the rate probably changed: those of the bet that won the most.
  public var answersSinceChange: Int { bets.map(\.best).max { $0.wealth < $1.wealth }?.answers ?? 0 }

  private static func logSum(_ left: Double, _ right: Double) -> Double {
    let (small, large) = (min(left, right), max(left, right))
    return large + log1p(exp(small - large))
  }
}
