/// Spearman's rank correlation (1904): how far one measure rises with another, whatever their scales.
public enum RankCorrelation {
  /// −1 to 1; equal values share the mean of their ranks. 0 where one of them does not vary.
  /// - Parameters:
  ///   - left: [samples]
  ///   - right: [samples], of the same samples in the same order.
  public static func spearman(_ left: [Float], _ right: [Float]) -> Double {
    precondition(left.count == right.count, "both are of the same samples")
    let (left, right) = (centredRanks(left), centredRanks(right))
    let (squares, others) = (dot(left, left), dot(right, right))
    guard squares > 0, others > 0 else { return 0 }
    return dot(left, right) / (squares * others).squareRoot()
  }

  /// Each value's rank less the mean rank.
  private static func centredRanks(_ values: [Float]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 - Double(values.count - 1) / 2 }
      start = end
    }
    return ranks
  }

  private static func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
