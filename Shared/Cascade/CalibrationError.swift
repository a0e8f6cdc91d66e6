/// How far confidence and quality lie apart.
public enum CalibrationError {
  /// Expected calibration error: Σ |mean quality − mean confidence| over equal-width bins of confidence, weighted by their
  /// size (Naeini et al. 2015, where quality is accuracy).
  /// - Parameters:
  ///   - confidences: [samples]
  ///   - qualities: [samples], 0 to 1; of labels 1 where it is the truth.
  /// - Returns: 0 (calibrated) to 1; 0 where there is no sample.
  public static func expected(confidences: [Float], qualities: [Float], bins: Int = 15) -> Float {
    guard !confidences.isEmpty else { return 0 }
    var sums = [(confidence: Float, quality: Float)](repeating: (0, 0), count: bins)
    for (confidence, quality) in zip(confidences, qualities) {
      // What is no probability, NaN too, must not reach the conversion, which traps.
      let confidence = confidence >= 0 ? min(confidence, 1) : 0
      let bin = min(bins - 1, Int(confidence * Float(bins)))
      sums[bin].confidence += confidence
      sums[bin].quality += quality
    }
    return sums.reduce(0) { $0 + abs($1.confidence - $1.quality) } / Float(confidences.count)
  }
}
