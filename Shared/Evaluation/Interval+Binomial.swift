import Cascade

extension Interval {
  /// A share with the exact 95 % interval of Clopper and Pearson (1934); `nil` of nothing. Of qualities between 0 and 1 the
  /// interval is rather too wide.
  public static func binomial(_ hits: Double, of count: Int) -> Interval? {
    guard count > 0 else { return nil }
    let whole = min(count, max(0, Int(hits.rounded())))
    return Interval(
      estimate: hits / Double(count),
      lower: 1 - BinomialBound.upper(successes: count - whole, trials: count, alpha: 0.025),
      upper: BinomialBound.upper(successes: whole, trials: count, alpha: 0.025))
  }
}
