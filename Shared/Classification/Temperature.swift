import Foundation

/// Temperature scaling: the one number T that makes a network's probabilities mean what they say (Guo et al. 2017).
public enum Temperature {
  /// The T that minimises the negative log-likelihood of held-out labels.
  ///
  /// With β = 1/T the loss is convex in β, so its derivative Σ(E_p[z] − z_label) has one root, found by bisection.
  /// - Parameters:
  ///   - logits: [samples × classes], row by row.
  ///   - labels: [samples], class indices.
  ///   - classCount: the number of classes.
  /// - Returns: T within 0.05 to 20; 1 where there is nothing to fit on.
  public static func fit(logits: [Float], labels: [Int], classCount: Int) -> Float {
    guard classCount > 0, !labels.isEmpty, logits.count == labels.count * classCount else { return 1 }
    var (low, high) = (log(1.0 / 20), log(20.0))
    for _ in 0..<40 {
      let middle = (low + high) / 2
      let slope = slope(inverseTemperature: Float(exp(middle)), logits, labels, classCount)
      if slope > 0 { high = middle } else { low = middle }
    }
    return Float(exp(-(low + high) / 2))
  }

  /// The derivative of the summed loss by β = 1/T.
  private static func slope(
    inverseTemperature: Float, _ logits: [Float], _ labels: [Int], _ classCount: Int
  ) -> Double {
    var total = 0.0
    logits.withUnsafeBufferPointer { logits in
      for (row, label) in labels.enumerated() {
        let row = logits[row * classCount..<(row + 1) * classCount]
        let highest = row.max() ?? 0
        var (mass, expected) = (0.0, 0.0)
        for logit in row {
          let weight = Double(exp((logit - highest) * inverseTemperature))
          mass += weight
          expected += weight * Double(logit)
        }
        total += expected / mass - Double(row[row.startIndex + label])
      }
    }
    return total
  }
}
