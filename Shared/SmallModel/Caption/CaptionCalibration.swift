import Foundation

/// How a captioner's confidence follows from its tokens' probabilities: σ(intercept + slope · mean log-probability), σ the
/// logistic function. It is the quality that is expected: Platt's scaling (1999) with qualities in the place of 0 and 1.
public struct CaptionCalibration: Sendable, Equatable, Codable {
  /// σ⁻¹ of the quality that is expected where all tokens are certain.
  public let intercept: Double
  /// At least 0: the surer of its tokens, the better the caption.
  public let slope: Double

  /// - Parameter slope: at least 0.
  public init(intercept: Double, slope: Double) { (self.intercept, self.slope) = (intercept, slope) }

  /// Fits both to held-out captions by the cross-entropy of their qualities.
  /// - Parameters:
  ///   - meanLogProbabilities: [captions], as `GeneratedCaption` has them.
  ///   - qualities: [captions], 0 to 1.
  /// - Throws: `SmallModelError` where there are no captions, or not as many qualities.
  public init(meanLogProbabilities: [Float], qualities: [Float]) throws(SmallModelError) {
    guard !qualities.isEmpty, meanLogProbabilities.count == qualities.count else {
      throw SmallModelError(
        "calibration: \(meanLogProbabilities.count) captions and \(qualities.count) qualities; it needs as many, and one"
      )
    }
    let points = zip(meanLogProbabilities, qualities).map { (x: Double($0), quality: Double($1)) }
    let mean = points.reduce(0) { $0 + $1.quality } / Double(points.count)
    let bounded = min(max(mean, 1e-4), 1 - 1e-4)
    let flat = (intercept: log(bounded / (1 - bounded)), slope: 0.0)
    let fitted = Self.newton(points, from: flat)
    // Where a surer caption is no better, confidence says nothing, and all captions have the mean's.
    let (intercept, slope) = fitted.slope > 0 ? fitted : flat
    self.init(intercept: intercept, slope: slope)
  }

  /// Newton's method on the cross-entropy, which is convex; a small penalty on the slope keeps it finite.
  private static func newton(
    _ points: [(x: Double, quality: Double)], from start: (intercept: Double, slope: Double)
  ) -> (intercept: Double, slope: Double) {
    var (intercept, slope) = start
    for _ in 0..<50 {
      var (g0, g1, h00, h01, h11) = (0.0, 1e-3 * slope, 1e-9, 0.0, 1e-3)
      for (x, quality) in points {
        let expected = logistic(intercept + slope * x)
        let curvature = expected * (1 - expected)
        g0 += expected - quality
        g1 += (expected - quality) * x
        h00 += curvature
        h01 += curvature * x
        h11 += curvature * x * x
      }
      let determinant = h00 * h11 - h01 * h01
      guard determinant > 1e-12 else { break }
      let steps = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant)
      // A bounded step cannot leap to where the curve is flat.
      intercept -= min(max(steps.0, -4), 4)
      slope -= min(max(steps.1, -4), 4)
      if max(abs(steps.0), abs(steps.1)) < 1e-9 { break }
    }
    return (intercept, slope)
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }

  /// The quality that is expected of a caption, 0 to 1.
  public func confidence(meanLogProbability: Float) -> Float {
    Float(Self.logistic(intercept + slope * Double(meanLogProbability)))
  }

  /// Refuses what no fit gives.
  func validate() throws(SmallModelError) {
    guard intercept.isFinite, slope.isFinite, slope >= 0 else {
      throw SmallModelError("the card's calibration of captions has intercept \(intercept) and slope \(slope)")
    }
  }
}
