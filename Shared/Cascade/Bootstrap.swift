/// The percentile bootstrap of a mean, or of another figure of a sum over samples (Efron 1979): how much it would differ on
/// other draws of as many samples.
///
/// For two models on the same samples, the mean of each sample's *difference* is what must be resampled: what both get
/// right or wrong together then takes no part in the interval, as it should not.
public struct Bootstrap: Sendable, Equatable {
  /// How many draws; from 1.
  public var resamples: Int
  /// The part of the draws inside the interval, between 0 and 1.
  public var level: Double
  /// Draws of one seed are the same on every machine.
  public var seed: UInt64

  /// A bootstrap; the defaults keep the interval's ends within about 0.05 of its width from their limit.
  public init(resamples: Int = 2000, level: Double = 0.95, seed: UInt64 = 0) {
    self.resamples = resamples
    self.level = level
    self.seed = seed
  }

  /// The mean of some values with its interval; all 0 where there is no value.
  public func mean(_ values: [Float]) -> Interval {
    let count = Double(values.count)
    return statistic(of: values.map(Double.init), from: 0, adding: +=) { $0 / count }
  }

  /// A figure of what samples add up to, with its interval; all 0 where there is no sample.
  /// - Parameters:
  ///   - values: [samples]: what each adds.
  ///   - zero: the sum of none.
  ///   - statistic: the figure of a sum.
  public func statistic<Sum>(
    of values: [Sum], from zero: Sum, adding: (inout Sum, Sum) -> Void, _ statistic: (Sum) -> Double
  ) -> Interval {
    guard !values.isEmpty, resamples > 0 else { return Interval(estimate: 0, lower: 0, upper: 0) }
    var generator = SplitMix64(seed: seed)
    var drawn = (0..<resamples).map { _ in
      var sum = zero
      for _ in values.indices { adding(&sum, values[generator.index(below: values.count)]) }
      return statistic(sum)
    }
    drawn.sort()
    return Interval(
      estimate: statistic(values.reduce(into: zero, adding)), lower: Self.quantile((1 - level) / 2, of: drawn),
      upper: Self.quantile((1 + level) / 2, of: drawn))
  }

  /// The mean of `left` − `right`, pair by pair, with its interval.
  /// - Parameters:
  ///   - left: [samples]
  ///   - right: [samples], of the same samples in the same order.
  public func meanDifference(_ left: [Float], _ right: [Float]) -> Interval { mean(zip(left, right).map { $0 - $1 }) }

  /// Linear between the two nearest of the sorted values, as numpy's default.
  private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = min(max(share, 0), 1) * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
