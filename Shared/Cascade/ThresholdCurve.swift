/// What the shunt gives at every threshold δ on held-out data.
public struct ThresholdCurve: Sendable, Equatable {
  /// The shunt at one threshold.
  public struct Point: Sendable, Equatable, Codable {
    /// δ: confidence at or above it stays with the small model.
    public let threshold: Float
    /// The part of the samples that goes on to the next stage, 0 to 1.
    public let queryShare: Float
    /// The shunt's accuracy over all samples, 0 to 1.
    public let accuracy: Float
    /// How many samples stay with the small model.
    public let easyCount: Int
    /// How many of those the small model answers wrongly.
    public let easyErrors: Int
  }

  /// From δ above 1 (everything goes on) downwards to the lowest confidence seen (nothing does).
  public let points: [Point]
  /// How many samples it was measured on.
  public let sampleCount: Int

  /// Above every confidence: all samples go on to the next stage.
  public static let nothingIsEasy = Float(1).nextUp

  /// Measures every threshold that tells two samples apart.
  public init(_ outcomes: [HeldOutOutcome]) {
    sampleCount = outcomes.count
    guard !outcomes.isEmpty else {
      points = []
      return
    }
    let sorted = outcomes.sorted { $0.confidence > $1.confidence }
    let total = Float(sorted.count)
    var right = sorted.count { $0.nextIsRight }
    var errors = 0
    var points = [
      Point(
        threshold: Self.nothingIsEasy, queryShare: 1, accuracy: Float(right) / total, easyCount: 0, easyErrors: 0)
    ]
    for (index, outcome) in sorted.enumerated() {
      right += (outcome.smallIsRight ? 1 : 0) - (outcome.nextIsRight ? 1 : 0)
      errors += outcome.smallIsRight ? 0 : 1
      let isLastOfEquals = index + 1 == sorted.count || sorted[index + 1].confidence < outcome.confidence
      guard isLastOfEquals else { continue }
      points.append(
        Point(
          threshold: outcome.confidence, queryShare: 1 - Float(index + 1) / total, accuracy: Float(right) / total,
          easyCount: index + 1, easyErrors: errors))
    }
    self.points = points
  }

  /// At most `count` points, evenly spaced over the query share, for storing and drawing; the ends stay.
  public func thinned(to count: Int) -> [Point] {
    guard points.count > count, count > 1 else { return points }
    return (0..<count).map { points[$0 * (points.count - 1) / (count - 1)] }
  }
}
