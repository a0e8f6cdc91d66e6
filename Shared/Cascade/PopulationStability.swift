import Foundation

/// The population stability index of two histograms: Σ (p − q) ln(p ÷ q), a symmetric Kullback–Leibler divergence.
///
/// Custom calls 0.1 a small and 0.25 a large shift, whatever the counts. But of n and m samples in B bins without any
/// shift the index is about χ²(B − 1) · (1/n + 1/m) (Yurdakul 2018), which for many labels and a small window is above
/// 0.25: so `isShift` asks for both.
public struct PopulationStability: Sendable, Equatable {
  /// The index, from 0.
  public let index: Double
  /// What the index stays under with probability 0.999 where nothing shifted.
  public let noise: Double

  /// Compares two histograms over the same bins.
  ///
  /// Bins of which fewer than 5 samples are expected in the smaller histogram are counted as one, as for any χ² test;
  /// half a sample is added to each bin, so that an empty one has a logarithm.
  /// - Parameters:
  ///   - reference: [bins], counts.
  ///   - window: [bins], counts.
  public init(reference: [Int], window: [Int]) {
    let (referenceTotal, windowTotal) = (reference.reduce(0, +), window.reduce(0, +))
    guard referenceTotal > 0, windowTotal > 0 else {
      (index, noise) = (0, 0)
      return
    }
    let scale = Double(min(referenceTotal, windowTotal)) / Double(referenceTotal + windowTotal)
    let pairs = Self.pooled(zip(reference, window).map { ($0, $1) }) { Double($0 + $1) * scale < 5 }
    let extra = 0.5 * Double(pairs.count)
    index = pairs.reduce(0) { sum, pair in
      let p = (Double(pair.0) + 0.5) / (Double(referenceTotal) + extra)
      let q = (Double(pair.1) + 0.5) / (Double(windowTotal) + extra)
      return sum + (p - q) * log(p / q)
    }
    noise =
      ChiSquare.quantile(0.999, degrees: pairs.count - 1) * (1 / Double(referenceTotal) + 1 / Double(windowTotal))
  }

  /// Whether the index is above `limit` and above what chance makes it.
  public func isShift(limit: Double) -> Bool { index > max(limit, noise) }

  private static func pooled(_ pairs: [(Int, Int)], where isRare: (Int, Int) -> Bool) -> [(Int, Int)] {
    let rare = pairs.filter { isRare($0.0, $0.1) }
    let rest = rare.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    return pairs.filter { !isRare($0.0, $0.1) } + (rest == (0, 0) ? [] : [rest])
  }
}

/// The χ² distribution.
enum ChiSquare {
  /// Wilson & Hilferty (1931): the cube root of χ² ÷ degrees is nearly normal. Within 2 % from 3 degrees on, for the one
  /// quantile that is asked for; 0 for no degree.
  static func quantile(_ probability: Double, degrees: Int) -> Double {
    guard degrees > 0 else { return 0 }
    let variance = 2 / (9 * Double(degrees))
    let root = 1 - variance + Normal.quantile(probability) * variance.squareRoot()
    return Double(degrees) * root * root * root
  }
}

/// The standard normal distribution.
enum Normal {
  /// The x below which a draw falls with `probability`, by bisection of the error function.
  static func quantile(_ probability: Double) -> Double {
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
