/// A model alone.
public struct ModelFigures: Sendable, Codable {
  /// On the test rows.
  public var accuracy: Double
  /// Expected calibration error on the held-out rows, where the model has confidences.
  public var calibrationError: Double?
  /// On the test rows, by region.
  public var regions: [String: Score]?
  /// On the test rows, by category, where rows have one.
  public var categories: [String: Score]?

  init(_ samples: [ScoredSample], calibrationError: Double?) {
    accuracy = Score(samples.map(\.outcome)).accuracy
    self.calibrationError = calibrationError
    regions = samples.namedScores(by: .region)
    categories = samples.namedScores(by: .category)
  }

  private enum CodingKeys: String, CodingKey {
    case accuracy, regions, categories
    case calibrationError = "expected_calibration_error"
  }
}
