import Cascade

/// How well a captioner's confidence ranks what it is to rank.
public struct ConfidenceFigures: Sendable, Codable, Equatable {
  /// Risk against coverage, of the captions' quality.
  public var riskCoverage: RiskCoverage
  /// Spearman's correlation of confidence with quality, −1 to 1.
  public var qualityCorrelation: Double
  /// Spearman's correlation of confidence with quality less the large model's, −1 to 1: what a threshold lives on.
  public var advantageCorrelation: Double

  /// - Parameters:
  ///   - confidences: [pictures]
  ///   - qualities: [pictures], each 0 to 1.
  ///   - largeQualities: [pictures], of the large model's captions.
  public init(confidences: [Float], qualities: [Float], largeQualities: [Float]) {
    riskCoverage = RiskCoverage(confidences: confidences, qualities: qualities)
    qualityCorrelation = RankCorrelation.spearman(confidences, qualities)
    advantageCorrelation = RankCorrelation.spearman(confidences, zip(qualities, largeQualities).map { $0 - $1 })
  }

  private enum CodingKeys: String, CodingKey {
    case riskCoverage = "risk_coverage"
    case qualityCorrelation = "quality_correlation"
    case advantageCorrelation = "advantage_correlation"
  }
}
