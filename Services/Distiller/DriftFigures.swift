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

extension LabelledSamples {
  /// What the drift of the stream is measured against.
  func driftFigures() -> DriftFigures {
    let batch = shunted(Array(0..<count))
    var figures = DriftFigures(
      labelCounts: [Int](repeating: 0, count: classCount), confidences: [], audited: 0, agreed: 0)
    for sample in 0..<count {
      let top = TopLabel(batch.probabilities(ofStage: 0, sample: sample) ?? [])
      figures.labelCounts[top.label] += 1
      figures.confidences.append(top.probability)
      guard case .easy = batch.decisions[sample] else { continue }
      figures.audited += 1
      figures.agreed += top.label == largeLabels[sample] ? 1 : 0
    }
    return figures
  }
}
