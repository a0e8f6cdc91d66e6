import Cascade
import Classification
import Evaluation

/// What is seen of answers for drift: over the calibration data, or over a window of the stream.
public struct DriftFigures: Sendable, Equatable {
  /// [labels]: how often each was answered.
  public var labelCounts: [Int]
  /// S1's confidences, one a sample.
  public var confidences: [Float]
  /// Easy samples of S1 that the large model answered too (live: the audited ones).
  public var audited: Int
  /// Of those, how many it answered like S1.
  public var agreed: Int

  /// What was seen.
  public init(labelCounts: [Int], confidences: [Float], audited: Int, agreed: Int) {
    self.labelCounts = labelCounts
    self.confidences = confidences
    self.audited = audited
    self.agreed = agreed
  }
}

extension HeldOutSamples {
  /// What the drift of the stream is measured against: what S1 makes of the samples.
  func driftFigures(_ specific: FittedStage) -> DriftFigures {
    var figures = DriftFigures(
      labelCounts: [Int](repeating: 0, count: specific.logits.classCount), confidences: [], audited: 0, agreed: 0)
    for sample in indices {
      let top = specific.logits.top(sample, temperature: specific.temperature)
      figures.labelCounts[top.label] += 1
      figures.confidences.append(top.probability)
      guard Shunt.isEasy(top.probability, threshold: specific.stage.threshold) else { continue }
      figures.audited += 1
      figures.agreed += top.label == large[sample].label ? 1 : 0
    }
    return figures
  }
}
