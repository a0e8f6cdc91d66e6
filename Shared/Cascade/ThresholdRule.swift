/// How a task chooses its shunt threshold δ on held-out data.
public enum ThresholdRule: Sendable, Equatable {
  /// The highest accuracy; of equals the one with the fewest queries.
  case bestAccuracy
  /// The fewest queries with an accuracy of at least the highest one less `margin` (0 to 1).
  case nearBest(margin: Float)
  /// The highest accuracy with at most this share of queries (0 to 1).
  case queryBudget(Float)
  /// The fewest queries with at least this accuracy (0 to 1).
  case accuracyFloor(Float)
  /// The fewest queries such that, with probability at least 1 − `alpha` over the draw of the held-out samples, easy
  /// answers lack at most `error` of quality 1 in the mean: for labels their error rate. It holds while live samples are
  /// exchangeable with them.
  case riskControlled(error: Float, alpha: Float)
  /// The same of what the large model would have said instead of the truth: with a probability of at least `confidence`,
  /// at least the share `target` of the easy answers is the large model's.
  case parity(target: Float, confidence: Float)

  /// The point of a curve that the rule chooses.
  /// - Throws: `ThresholdError` where no threshold satisfies the rule.
  public func choose(from curve: ThresholdCurve) throws(ThresholdError) -> ThresholdCurve.Point {
    guard !curve.points.isEmpty else { throw ThresholdError("there are no held-out samples to choose a threshold on") }
    switch self {
    case .bestAccuracy: return try Self.mostAccurate(of: curve.points)
    case .nearBest(let margin):
      let floor = try Self.mostAccurate(of: curve.points).accuracy - margin
      return try Self.accuracyFloor(floor).choose(from: curve)
    case .queryBudget(let budget):
      return try Self.mostAccurate(of: curve.points.filter { $0.queryShare <= budget })
    case .accuracyFloor(let floor):
      // Points run from all queries to none, so the last that passes has the fewest.
      guard let point = curve.points.last(where: { $0.accuracy >= floor }) else {
        let best = try Self.mostAccurate(of: curve.points)
        throw ThresholdError("no threshold reaches accuracy \(floor) on held-out data; the best is \(best.accuracy)")
      }
      return point
    case .riskControlled(let error, let alpha):
      guard let point = Self.certified(of: curve, error: Double(error), alpha: Double(alpha), \.easyErrors) else {
        throw ThresholdError(
          "no threshold holds the error among easy answers to \(error) with confidence \(1 - alpha); allow more, or "
            + "bring more held-out samples than \(curve.sampleCount)")
      }
      return point
    case .parity(let target, let confidence):
      let (error, alpha) = (1 - Double(target), 1 - Double(confidence))
      guard let point = Self.certified(of: curve, error: error, alpha: alpha, \.easyDisagreements) else {
        throw ThresholdError(
          "no threshold shows with confidence \(confidence) that \(target) of the easy answers are the large model's; "
            + "ask for less, or bring more held-out samples than \(curve.sampleCount)")
      }
      return point
    }
  }

  /// Whether one point serves the rule better than another, both being the rule's choice from a curve of their own: the
  /// more accurate, or where the rule saves queries the one with fewer, and of equals the better by the other figure. Near
  /// its best each point may be; so of several the more accurate one is within the margin of the best of all.
  public func prefers(_ point: ThresholdCurve.Point, to other: ThresholdCurve.Point) -> Bool {
    prefers((Double(point.accuracy), Double(point.queryShare)), to: (Double(other.accuracy), Double(other.queryShare)))
  }

  /// The same of two cascades' figures, each 0 to 1.
  public func prefers(
    _ one: (accuracy: Double, queryShare: Double), to other: (accuracy: Double, queryShare: Double)
  ) -> Bool {
    switch self {
    case .bestAccuracy, .nearBest, .queryBudget: (one.accuracy, -one.queryShare) > (other.accuracy, -other.queryShare)
    case .accuracyFloor, .riskControlled, .parity: (-one.queryShare, one.accuracy) > (-other.queryShare, other.accuracy)
    }
  }

  private static func mostAccurate(of points: [ThresholdCurve.Point]) throws(ThresholdError) -> ThresholdCurve.Point {
    // Points run from all queries to none, so the last of equals has the fewest.
    let highest = points.map(\.accuracy).max()
    guard let best = points.last(where: { $0.accuracy == highest }) else {
      throw ThresholdError("no threshold keeps within the query budget")
    }
    return best
  }

  /// The point with the fewest queries at which a bettor who goes through the answers, the surest first, has shown that
  /// few enough are wrong.
  ///
  /// No share of α for each point is needed. Say that from some confidence down the easy answers are wrong too often, and
  /// that those still less sure are no better. Then wealth at the first such point is 1 or less in the mean, and further
  /// answers do not raise it in the mean: it passes 1 ÷ α at any of these points with a probability of at most α (Ville).
  private static func certified(
    of curve: ThresholdCurve, error: Double, alpha: Double, _ errors: (ThresholdCurve.Point) -> Double?
  ) -> ThresholdCurve.Point? {
    curve.points.last { point in
      guard let errors = errors(point) else { return false }
      return BettingBound.shows(errors: errors, count: point.easyCount, atMost: error, alpha: alpha)
    }
  }
}

/// No threshold satisfies the rule.
public struct ThresholdError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Why, and what to change.
  public let description: String

  package init(_ description: String) { self.description = description }
}
