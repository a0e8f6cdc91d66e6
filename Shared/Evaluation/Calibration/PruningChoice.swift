import Cascade
import Classification
import Tasks

/// Which pruning a task uses, chosen with its threshold on held-out rows.
public struct PruningChoice: Sendable {
  /// The pruning.
  public let mode: PruningMode
  /// The point of its curve.
  public let point: ThresholdCurve.Point

  /// The choice that serves the task's rule best; of equals the simplest.
  /// - Parameter curves: of the prunings that are to be compared.
  /// - Throws: `ThresholdError` where no pruning satisfies the rule; `TaskError` where there is none to compare.
  public init(_ rule: ThresholdRule, curves: [PruningMode: ThresholdCurve]) throws {
    var (best, failure): (PruningChoice?, ThresholdError?) = (nil, nil)
    for mode in PruningMode.allCases {
      guard let curve = curves[mode] else { continue }
      do throws(ThresholdError) {
        let point = try rule.choose(from: curve)
        if best.map({ rule.prefers(point, to: $0.point) }) ?? true { best = PruningChoice(mode: mode, point: point) }
      } catch {
        failure = failure ?? error
      }
    }
    guard let best else {
      throw failure ?? TaskError("there are no answers by any pruning to choose from")
    }
    self = best
  }

  private init(mode: PruningMode, point: ThresholdCurve.Point) {
    self.mode = mode
    self.point = point
  }
}
