import Foundation

/// The two-sample Kolmogorov–Smirnov test: do two sets of numbers come from one distribution?
public struct KolmogorovSmirnov: Sendable, Equatable {
  /// The largest distance between the two empirical distribution functions, 0 to 1.
  public let distance: Double
  /// The probability of so large a distance were both of one distribution, 0 to 1 (Kolmogorov's limit with Stephens'
  /// correction for finite counts, 1970; conservative where values repeat).
  public let probability: Double

  /// Compares two sets, NaN left out; distance 0 and probability 1 where one is empty.
  public init(_ left: [Float], _ right: [Float]) {
    let (left, right) = (left.filter { !$0.isNaN }, right.filter { !$0.isNaN })
    guard !left.isEmpty, !right.isEmpty else {
      (distance, probability) = (0, 1)
      return
    }
    distance = Self.distance(left.sorted(), right.sorted())
    let size = (Double(left.count) * Double(right.count) / Double(left.count + right.count)).squareRoot()
    probability = Self.exceedance((size + 0.12 + 0.11 / size) * distance)
  }

  private static func distance(_ left: [Float], _ right: [Float]) -> Double {
    var (i, j, largest) = (0, 0, 0.0)
    while i < left.count, j < right.count {
      let value = min(left[i], right[j])
      while i < left.count, left[i] <= value { i += 1 }
      while j < right.count, right[j] <= value { j += 1 }
      largest = max(largest, abs(Double(i) / Double(left.count) - Double(j) / Double(right.count)))
    }
    return largest
  }

  /// Q(λ) = 2 Σ (−1)^(k−1) exp(−2 k² λ²).
  private static func exceedance(_ lambda: Double) -> Double {
    // Below this Q is 1 to nine digits, and the alternating sum would need many terms.
    guard lambda > 0.2 else { return 1 }
    var (sum, sign) = (0.0, 2.0)
    for k in 1...100 {
      let term = sign * exp(-2 * Double(k * k) * lambda * lambda)
      sum += term
      if abs(term) < 1e-16 { break }
      sign = -sign
    }
    return min(max(sum, 0), 1)
  }
}
