import Foundation

/// Logistic regression on targets from 0 to 1, by Newton's method on the cross-entropy, which is convex.
enum LogisticFit {
  /// What is known of one sample.
  struct Point {
    let features: [Double]
    /// 0 to 1.
    let target: Double
  }

  /// Keeps the weights finite where the targets leave them open; that of the intercept is next to none.
  private static let (penalty, interceptPenalty) = (1e-3, 1e-9)

  /// The intercept and the weights of the features.
  /// - Parameter points: at least one, each with as many features.
  static func fit(_ points: [Point]) -> (intercept: Double, weights: [Double]) {
    let count = Double(points.count)
    let means = points[0].features.indices.map { feature in points.reduce(0) { $0 + $1.features[feature] } / count }
    // Around their means, so that a feature that hardly varies is not taken for the intercept.
    let centred = points.map { point in
      Point(features: [1] + zip(point.features, means).map { $0 - $1 }, target: point.target)
    }
    let mean = min(max(points.reduce(0) { $0 + $1.target } / count, 1e-4), 1 - 1e-4)
    var weights = [log(mean / (1 - mean))] + means.map { _ in 0 }
    for _ in 0..<50 {
      let (gradient, curvature) = derivatives(centred, weights)
      guard let steps = solved(curvature, gradient) else { break }
      // A bounded step cannot leap to where the curve is flat; its direction stays.
      let longest = steps.reduce(0) { max($0, abs($1)) }
      let shortening = longest > 4 ? 4 / longest : 1
      for index in weights.indices { weights[index] -= shortening * steps[index] }
      if longest < 1e-9 { break }
    }
    let slopes = Array(weights.dropFirst())
    return (weights[0] - zip(slopes, means).reduce(0) { $0 + $1.0 * $1.1 }, slopes)
  }

  static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Of the penalised cross-entropy: [features], [features][features].
  private static func derivatives(
    _ points: [Point], _ weights: [Double]
  ) -> (gradient: [Double], curvature: [[Double]]) {
    var gradient = weights.enumerated().map { $0 == 0 ? 0 : penalty * $1 }
    var curvature = weights.indices.map { row in
      weights.indices.map { $0 != row ? 0 : row == 0 ? interceptPenalty : penalty }
    }
    for point in points {
      let expected = logistic(zip(weights, point.features).reduce(0) { $0 + $1.0 * $1.1 })
      for row in weights.indices {
        gradient[row] += (expected - point.target) * point.features[row]
        for column in weights.indices {
          curvature[row][column] += expected * (1 - expected) * point.features[row] * point.features[column]
        }
      }
    }
    return (gradient, curvature)
  }

  /// The solution of a symmetric positive system by Gauss's elimination, which needs no pivots there; `nil` where it is
  /// as good as singular.
  private static func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
    var (matrix, right) = (matrix, right)
    for pivot in right.indices {
      guard matrix[pivot][pivot] > 1e-12 else { return nil }
      for row in right.indices where row != pivot {
        let factor = matrix[row][pivot] / matrix[pivot][pivot]
        for column in pivot..<right.count { matrix[row][column] -= factor * matrix[pivot][column] }
        right[row] -= factor * right[pivot]
      }
    }
    return right.indices.map { right[$0] / matrix[$0][$0] }
  }
}
