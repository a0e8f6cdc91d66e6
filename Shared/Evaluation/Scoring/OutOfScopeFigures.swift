import Cascade
import Classification
import Datasets
import LargeModel
import SmallModel
import Tasks

/// What the cascade does with texts that none of a task's labels fits.
public struct OutOfScopeFigures: Sendable, Codable {
  /// How many such texts were scored.
  public var count: Int
  /// The part of them that a small model answers, with a label that must be wrong.
  public var easyShare: Double
  /// The large model's best probability below which the answer is "none of these".
  public var threshold: Float
  /// The part of the large model's answers to these texts that is below it.
  public var belowThreshold: Double
  /// The part of its answers to test rows, which a label fits, that is below it too.
  public var inScopeBelowThreshold: Double

  private enum CodingKeys: String, CodingKey {
    case count, threshold
    case easyShare = "easy_share"
    case belowThreshold = "below_threshold"
    case inScopeBelowThreshold = "in_scope_below_threshold"
  }

  /// The part of the held-out answers that "none of these" may cost, where the task names no threshold.
  public static let allowedLoss = 0.05

  /// The largest threshold below which no more than a part of some probabilities lies.
  /// - Parameter best: the large model's best probabilities on rows that a label fits.
  public static func threshold(losing part: Double = allowedLoss, of best: [Float]) -> Float {
    let sorted = best.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
  }

  /// The part of some probabilities that is below a threshold; 0 of none.
  public static func share(of best: [Float], below threshold: Float) -> Double {
    best.isEmpty ? 0 : Double(best.count { $0 < threshold }) / Double(best.count)
  }
}
