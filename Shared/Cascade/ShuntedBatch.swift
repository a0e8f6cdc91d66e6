/// A batch after the small models: who is sure of what.
public struct ShuntedBatch: Sendable, Equatable {
  /// What became of one sample.
  public enum Decision: Sendable, Equatable {
    /// The small model at this stage is sure of its answer.
    case easy(stage: Int, confidence: Float)
    /// No small model is sure: the large model is asked.
    case hard
  }

  /// [samples]
  public let decisions: [Decision]
  /// [stages][samples]: the sample's place among those that the stage saw, or −1 where it was answered before.
  let rows: [[Int]]

  /// A sample's place among those that a stage saw; `nil` where it was answered before that stage.
  public func row(ofStage stage: Int, sample: Int) -> Int? {
    let row = rows[stage][sample]
    return row < 0 ? nil : row
  }
}
