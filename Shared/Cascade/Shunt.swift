/// The easy/hard rule (the paper's (1) and its inference: S1 at δ1, then S2 at δ2, then the large model).
public enum Shunt {
  /// Whether a small model's answer stands: its confidence is at or above δ.
  public static func isEasy(_ confidence: Float, threshold: Float) -> Bool { confidence >= threshold }

  /// Sends a batch through the small models, each seeing only what the ones before it were unsure of.
  /// - Parameters:
  ///   - count: samples in the batch.
  ///   - stages: in their order; may be empty, then everything is hard.
  ///   - confidences: called once with each stage and the indices of the samples that reach it, also where there are
  ///     none; gives [indices], each 0 to 1.
  public static func shunt(
    count: Int, stages: [CascadeStage], confidences: (_ stage: Int, _ samples: [Int]) throws -> [Float]
  ) rethrows -> ShuntedBatch {
    var decisions = [ShuntedBatch.Decision](repeating: .hard, count: count)
    var open = Array(0..<count)
    var rows: [[Int]] = []
    for (index, stage) in stages.enumerated() {
      var places = [Int](repeating: -1, count: count)
      var unsure: [Int] = []
      for (row, (sample, confidence)) in zip(open, try confidences(index, open)).enumerated() {
        places[sample] = row
        if isEasy(confidence, threshold: stage.threshold) {
          decisions[sample] = .easy(stage: index, confidence: confidence)
        } else {
          unsure.append(sample)
        }
      }
      rows.append(places)
      open = unsure
    }
    return ShuntedBatch(decisions: decisions, rows: rows)
  }
}
