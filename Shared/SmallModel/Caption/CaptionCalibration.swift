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
    func fit(_ features: (GeneratedCaption) -> [Double]) -> (intercept: Double, weights: [Double]) {
      LogisticFit.fit(zip(captions, qualities).map { LogisticFit.Point(features: features($0), target: Double($1)) })
    }
    let both = fit { [Double($0.tokens), Double($0.meanLogProbability)] }
    if both.weights[1] > 0 {
      self.init(intercept: both.intercept, slope: both.weights[1], lengthSlope: both.weights[0])
    } else {
      // Where a surer caption is no better, the best slope of those from 0 on is 0, and the number of tokens tells alone.
      let byLength = fit { [Double($0.tokens)] }
      self.init(intercept: byLength.intercept, slope: 0, lengthSlope: byLength.weights[0])
    }
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
