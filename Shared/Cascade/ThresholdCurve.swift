/// What the shunt gives at every threshold δ of a stage, on held-out data.
public struct ThresholdCurve: Sendable, Equatable {
  /// The shunt at one threshold.
  public struct Point: Sendable, Equatable, Codable {
    /// δ: confidence at or above it stays with the small model.
    public let threshold: Float
    /// The part of the samples that the large model is asked about, 0 to 1.
    public let queryShare: Float
    /// The shunt's mean quality over all samples, 0 to 1: for labels its accuracy.
    public let accuracy: Float
    /// How many samples stay with the small model.
    public let easyCount: Int
    /// What the small model's replies to those lack of quality 1, summed: for labels how many are wrong.
    public let easyErrors: Double
    /// What those replies lack of agreement with the large model's, summed: for labels how many are others. `nil` in
    /// reports of versions that did not count it.
    public let easyDisagreements: Double?
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
    var sums = Sums(sorted)
    var points = [sums.point(at: Self.nothingIsEasy)]
    for (index, outcome) in sorted.enumerated() {
      sums.keep(outcome)
      let isLastOfEquals = index + 1 == sorted.count || sorted[index + 1].confidence < outcome.confidence
      if isLastOfEquals { points.append(sums.point(at: outcome.confidence)) }
    }
    self.points = points
  }

  /// What is counted while δ falls.
  private struct Sums {
    let total: Float
    /// Samples that no large model is asked about.
    var unasked: Int
    var quality: Double
    var easyCount = 0
    var easyErrors = 0.0
    var easyDisagreements = 0.0

    /// Nothing is easy.
    init(_ outcomes: [HeldOutOutcome]) {
      total = Float(outcomes.count)
      unasked = outcomes.count { !$0.nextAsksLarge }
      quality = outcomes.reduce(0) { $0 + Double($1.nextQuality) }
    }

    /// A sample stays with the small model instead of going on.
    mutating func keep(_ outcome: HeldOutOutcome) {
      unasked += outcome.nextAsksLarge ? 1 : 0
      quality += Double(outcome.quality) - Double(outcome.nextQuality)
      easyCount += 1
      easyErrors += 1 - Double(outcome.quality)
      easyDisagreements += 1 - Double(outcome.agreement)
    }

    func point(at threshold: Float) -> Point {
      Point(
        threshold: threshold, queryShare: 1 - Float(unasked) / total, accuracy: Float(quality) / total,
        easyCount: easyCount, easyErrors: easyErrors, easyDisagreements: easyDisagreements)
    }
  }

  /// At most `count` points, evenly spaced over the query share, for storing and drawing; the ends stay.
  public func thinned(to count: Int) -> [Point] { points.thinned(to: count) }
}

extension Array {
  /// At most `count` elements, 2 or more, evenly spaced; the ends stay.
  package func thinned(to count: Int) -> [Element] {
    guard self.count > count, count > 1 else { return self }
    return (0..<count).map { self[$0 * (self.count - 1) / (count - 1)] }
  }
}
