import Foundation
import LargeModel
import SmallModel

/// Something that a run reports while it works.
public enum EvaluationStep: Sendable {
  /// A new stage has begun.
  case stage(String)
  /// So many of so many are done.
  case progress(String, Int, of: Int)

  /// Rows without an answer are no wrong answers: they are left out of the figures, and that is said.
  static func leftOut(
    _ missing: Int, of count: Int, _ name: String, because error: LargeModelError
  ) -> EvaluationStep {
    .stage("\(missing) of \(count) \(name) rows got no answer and are left out of the figures: \(error.words)")
  }

  /// An epoch of training is done.
  public static func epoch(_ epoch: TrainingEpoch, of count: Int) -> EvaluationStep {
    let accuracy = epoch.heldOutAccuracy.map { String(format: ", held-out accuracy %.1f %%", $0 * 100) } ?? ""
    return .progress("epochs\(accuracy)", epoch.number, of: count)
  }
}
