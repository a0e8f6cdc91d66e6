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
  /// How many tokens it has, the end counted as one of them.
  public let tokens: Int

  /// - Parameter calibration: the card's.
  public init(text: String, meanLogProbability: Float, tokens: Int, calibration: CaptionCalibration?) {
    (self.text, self.tokens) = (text, tokens)
    // Weights of a strange file may come to no number.
    self.meanLogProbability = meanLogProbability.isFinite ? min(0, meanLogProbability) : -Float.greatestFiniteMagnitude
    confidence =
      calibration?.confidence(meanLogProbability: self.meanLogProbability, tokens: tokens)
      ?? exp(self.meanLogProbability)
  }
}

/// One of the captions that a captioner followed to their end.
public struct CaptionCandidate: Sendable, Equatable {
  /// The caption.
  public let caption: GeneratedCaption
  /// What the search compares: log-probability ÷ tokensˡ, l the search's length exponent. The larger, the better.
  public let score: Double

  /// A caption with its score.
  public init(caption: GeneratedCaption, score: Double) { (self.caption, self.score) = (caption, score) }
}
