import Foundation

/// How a task chooses its shunt threshold δ on held-out data.
public enum ThresholdRule: Sendable, Equatable {
  /// The highest accuracy; of equals the one with the fewest queries.
  case bestAccuracy
  /// The highest accuracy with at most this share of queries (0 to 1).
  case queryBudget(Float)
  /// The fewest queries with at least this accuracy (0 to 1).
  case accuracyFloor(Float)
  /// The fewest queries such that, with probability at least 1 − `alpha` over the draw of the held-out samples, easy
  /// answers lack at most `error` of quality 1 in the mean: for labels their error rate. It holds while live samples are
  /// exchangeable with them.
  case riskControlled(error: Float, alpha: Float)

  /// The point of a curve that the rule chooses.
  /// - Throws: `ThresholdError` where no threshold satisfies the rule.
  public func choose(from curve: ThresholdCurve) throws(ThresholdError) -> ThresholdCurve.Point {
    guard !curve.points.isEmpty else { throw ThresholdError("there are no held-out samples to choose a threshold on") }
    switch self {
    case .bestAccuracy: return try Self.mostAccurate(of: curve.points)
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
      return try Self.controlled(curve, error: error, alpha: alpha)
    }
  }

  /// Whether one point serves the rule better than another, both being the rule's choice from a curve of their own: the
  /// more accurate, or where the rule saves queries the one with fewer, and of equals the better by the other figure.
  public func prefers(_ point: ThresholdCurve.Point, to other: ThresholdCurve.Point) -> Bool {
    prefers((Double(point.accuracy), Double(point.queryShare)), to: (Double(other.accuracy), Double(other.queryShare)))
  }

  /// The same of two cascades' figures, each 0 to 1.
  public func prefers(
    _ one: (accuracy: Double, queryShare: Double), to other: (accuracy: Double, queryShare: Double)
  ) -> Bool {
    switch self {
    case .bestAccuracy, .queryBudget: (one.accuracy, -one.queryShare) > (other.accuracy, -other.queryShare)
    case .accuracyFloor, .riskControlled: (-one.queryShare, one.accuracy) > (-other.queryShare, other.accuracy)
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

  /// Selection with guaranteed risk (Geifman & El-Yaniv 2017): a binary search over δ looks at ⌈log₂ m⌉ thresholds, each
  /// by a bound at α ÷ ⌈log₂ m⌉, so that by the union bound all hold together.
  private static func controlled(
    _ curve: ThresholdCurve, error: Float, alpha: Float
  ) throws(ThresholdError) -> ThresholdCurve.Point {
    let steps = max(1, Int(log2(Double(curve.points.count)).rounded(.up)))
    let share = Double(alpha) / Double(steps)
    var (low, high) = (1, curve.points.count - 1)
    var chosen: ThresholdCurve.Point?
    for _ in 0..<steps where low <= high {
      let middle = (low + high) / 2
      let point = curve.points[middle]
      let bound =
        curve.isBinary
        ? BinomialBound.upper(successes: Int(point.easyErrors), trials: point.easyCount, alpha: share)
        : MeanBound.upper(sum: point.easyErrors, count: point.easyCount, alpha: share)
      if bound <= Double(error) {
        chosen = point
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    guard let chosen else {
      throw ThresholdError(
        "no threshold holds the error among easy answers to \(error) with confidence \(1 - alpha); allow more, or bring more held-out samples than \(curve.sampleCount)"
      )
    }
    return chosen
  }
}

/// No threshold satisfies the rule.
public struct ThresholdError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Why, and what to change.
  public let description: String

  package init(_ description: String) { self.description = description }
}
