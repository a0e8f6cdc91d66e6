/// How far confidence and accuracy lie apart.
public enum CalibrationError {
  /// Expected calibration error: Σ |accuracy − confidence| over equal-width bins of confidence, weighted by their size
  /// (Naeini et al. 2015).
  /// - Returns: 0 (calibrated) to 1; 0 where there is no sample.
  public static func expected(confidences: [Float], areRight: [Bool], bins: Int = 15) -> Float {
    guard !confidences.isEmpty else { return 0 }
    var (sums, rights) = ([Float](repeating: 0, count: bins), [Float](repeating: 0, count: bins))
    for (confidence, isRight) in zip(confidences, areRight) {
      // What is no probability, NaN too, must not reach the conversion, which traps.
      let confidence = confidence >= 0 ? min(confidence, 1) : 0
      let bin = min(bins - 1, Int(confidence * Float(bins)))
      sums[bin] += confidence
      rights[bin] += isRight ? 1 : 0
    }
    return zip(sums, rights).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(confidences.count)
  }
}
