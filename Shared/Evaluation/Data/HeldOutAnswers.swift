import Cascade
import Classification

/// What a threshold is chosen on: held-out rows, answered by the small model and by what comes after it.
public struct HeldOutAnswers: Sendable {
  /// [rows]: the small model's.
  public let small: [TopLabel]
  /// [rows]: the next stages' class; `nil` where there is none.
  public let next: [Int?]
  /// [rows]: the truth.
  public let classes: [Int]

  /// Answers side by side.
  public init(small: [TopLabel], next: [Int?], classes: [Int]) {
    self.small = small
    self.next = next
    self.classes = classes
  }

  /// The shunt at every threshold.
  public var curve: ThresholdCurve {
    ThresholdCurve(
      classes.indices.map { row in
        HeldOutOutcome(
          confidence: small[row].probability, quality: LabelQuality.of(small[row].label, truth: classes[row]),
          nextQuality: LabelQuality.of(next[row], truth: classes[row]))
      })
  }
}
