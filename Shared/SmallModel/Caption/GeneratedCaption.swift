import Foundation

/// What a captioner says of an input.
public struct GeneratedCaption: Sendable, Equatable {
  /// Words in lower case, one space between two.
  public let text: String
  /// 0 to 1: the quality that is expected of it, as the card's calibration has it; without one the geometric mean of its
  /// tokens' probabilities.
  public let confidence: Float
  /// The mean natural logarithm of its tokens' probabilities at the card's temperature, the end counted as one of them; at
  /// most 0. What a calibration is fitted on.
  public let meanLogProbability: Float

  /// - Parameter calibration: the card's.
  public init(text: String, meanLogProbability: Float, calibration: CaptionCalibration?) {
    self.text = text
    // Weights of a strange file may come to no number.
    self.meanLogProbability = meanLogProbability.isFinite ? min(0, meanLogProbability) : -Float.greatestFiniteMagnitude
    confidence =
      calibration?.confidence(meanLogProbability: self.meanLogProbability) ?? exp(self.meanLogProbability)
  }
}
