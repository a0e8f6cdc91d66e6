import Foundation
import SmallModel

/// Something that a run reports while it works.
public enum EvaluationStep: Sendable {
  /// A new stage has begun.
  case stage(String)
  /// So many of so many are done.
  case progress(String, Int, of: Int)

  /// An epoch of training is done.
  public static func epoch(_ epoch: TrainingEpoch, of count: Int) -> EvaluationStep {
    let accuracy = epoch.heldOutAccuracy.map { String(format: ", held-out accuracy %.1f %%", $0 * 100) } ?? ""
    return .progress("epochs\(accuracy)", epoch.number, of: count)
  }
}
