import Foundation

/// How a captioner's confidence follows from its tokens' probabilities and their number:
/// σ(intercept + slope · mean log-probability + lengthSlope · tokens), σ the logistic function. It is the quality that is
/// expected: Platt's scaling (1999) with qualities in the place of 0 and 1.
public struct CaptionCalibration: Sendable, Equatable, Codable {
  /// σ⁻¹ of the quality that is expected where all tokens are certain, but for their number.
  public let intercept: Double
  /// At least 0: the surer of its tokens, the better the caption.
  public let slope: Double
  /// What a token more is worth, the end counted: a long caption says more that may be wrong.
  public let lengthSlope: Double

  /// - Parameter slope: at least 0.
  public init(intercept: Double, slope: Double, lengthSlope: Double = 0) {
    (self.intercept, self.slope, self.lengthSlope) = (intercept, slope, lengthSlope)
  }

  /// Reads what a card has; one of before has no `lengthSlope`, which is 0.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      intercept: try values.decode(Double.self, forKey: .intercept),
      slope: try values.decode(Double.self, forKey: .slope),
      lengthSlope: try values.decodeIfPresent(Double.self, forKey: .lengthSlope) ?? 0)
  }

  /// Fits all three to held-out captions by the cross-entropy of their qualities.
  /// - Parameters:
  ///   - captions: by the captioner that is calibrated; what they hold for their confidence is not looked at.
  ///   - qualities: [captions], 0 to 1.
  /// - Throws: `SmallModelError` where there are no captions, or not as many qualities.
  public init(of captions: [GeneratedCaption], qualities: [Float]) throws(SmallModelError) {
    guard !qualities.isEmpty, captions.count == qualities.count else {
      throw SmallModelError(
        "calibration: \(captions.count) captions and \(qualities.count) qualities; it needs as many, and one")
    }
    let points = zip(captions, qualities).map {
      LogisticFit.Point(features: [1, Double($0.meanLogProbability), Double($0.tokens)], target: Double($1))
    }
    let mean = points.reduce(0) { $0 + $1.target } / Double(points.count)
    let bounded = min(max(mean, 1e-4), 1 - 1e-4)
    let flat = [log(bounded / (1 - bounded)), 0, 0]
    let fitted = LogisticFit.weights(points, from: flat)
    // Where a surer caption is no better, confidence says nothing, and all captions have the mean's.
    let weights = fitted[1] > 0 ? fitted : flat
    self.init(intercept: weights[0], slope: weights[1], lengthSlope: weights[2])
  }

  /// The quality that is expected of a caption, 0 to 1.
  /// - Parameters:
  ///   - meanLogProbability: as `GeneratedCaption` has it.
  ///   - tokens: likewise.
  public func confidence(meanLogProbability: Float, tokens: Int) -> Float {
    Float(
      LogisticFit.logistic(intercept + slope * Double(meanLogProbability) + lengthSlope * Double(tokens)))
  }

  /// Refuses what no fit gives.
  func validate() throws(SmallModelError) {
    guard intercept.isFinite, slope.isFinite, lengthSlope.isFinite, slope >= 0 else {
      throw SmallModelError(
        "the card's calibration of captions has intercept \(intercept), slope \(slope) and lengthSlope \(lengthSlope)")
    }
  }
}
