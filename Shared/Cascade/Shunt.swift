/// Who answered a sample.
public enum AnsweredBy: String, Sendable, Codable, CaseIterable {
  /// S1, the small model trained on the task's labelled data.
  case specific
  /// S2, the small model that learns from the large one.
  case learnable
  /// The large model.
  case large
}

/// One small model's place in the cascade.
public struct CascadeStage: Sendable, Equatable {
  /// Which small model.
  public let answeredBy: AnsweredBy
  /// Its version's name.
  public let version: String
  /// δ: confidence at or above it stands.
  public let threshold: Float
  /// T, above 0.
  public let temperature: Float

  /// A stage.
  public init(answeredBy: AnsweredBy, version: String, threshold: Float, temperature: Float) {
    self.answeredBy = answeredBy
    self.version = version
    self.threshold = threshold
    self.temperature = temperature
  }

  /// Whether a confidence makes a sample easy at this stage.
  public func isEasy(_ confidence: Confidence) -> Bool { confidence.probability >= threshold }
}

/// A batch after the small models: who answered what, and what each small model held probable.
public struct ShuntedBatch: Sendable {
  /// What became of one sample.
  public enum Decision: Sendable, Equatable {
    /// The small model at this stage is sure of its answer.
    case easy(stage: Int, Confidence)
    /// No small model is sure: the large model is asked.
    case hard
  }

  /// A stage's probabilities over the samples that reached it.
  struct StageOutput: Sendable {
    /// [samples]: the sample's row, or −1 where it was answered before.
    var rows: [Int]
    /// [rows × classes]
    var probabilities: [Float]
  }

  /// [samples]
  public let decisions: [Decision]
  /// The number of classes.
  public let classCount: Int
  let outputs: [StageOutput]

  /// What a stage held probable for a sample, [classes]; `nil` where the sample was answered before it.
  public func probabilities(ofStage stage: Int, sample: Int) -> ArraySlice<Float>? {
    let output = outputs[stage]
    let row = output.rows[sample]
    return row < 0 ? nil : output.probabilities[row * classCount..<(row + 1) * classCount]
  }
}

/// The easy/hard rule (the paper's (1) and its inference: S1 at δ1, then S2 at δ2, then the large model).
public enum Shunt {
  /// Sends a batch through the small models, each seeing only what the ones before it were unsure of.
  /// - Parameters:
  ///   - count: samples in the batch.
  ///   - stages: S1, then S2; may be empty, then everything is hard.
  ///   - classCount: the task's number of classes.
  ///   - logits: called with a stage and the indices of the samples that reach it; writes [indices × classes].
  public static func shunt(
    count: Int, stages: [CascadeStage], classCount: Int,
    logits: (_ stage: Int, _ samples: [Int], _ into: UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows -> ShuntedBatch {
    var decisions = [ShuntedBatch.Decision](repeating: .hard, count: count)
    var open = Array(0..<count)
    var outputs: [ShuntedBatch.StageOutput] = []
    for (index, stage) in stages.enumerated() {
      var rows = [Int](repeating: -1, count: count)
      var probabilities = [Float](repeating: 0, count: open.count * classCount)
      var unsure: [Int] = []
      try probabilities.withUnsafeMutableBufferPointer { buffer in
        if !open.isEmpty { try logits(index, open, buffer) }
        for (row, sample) in open.enumerated() {
          let values = UnsafeMutableBufferPointer(rebasing: buffer[row * classCount..<(row + 1) * classCount])
          Softmax.apply(to: values, temperature: stage.temperature)
          rows[sample] = row
          let confidence = Confidence(values)
          if stage.isEasy(confidence) {
            decisions[sample] = .easy(stage: index, confidence)
          } else {
            unsure.append(sample)
          }
        }
      }
      outputs.append(ShuntedBatch.StageOutput(rows: rows, probabilities: probabilities))
      open = unsure
    }
    return ShuntedBatch(decisions: decisions, classCount: classCount, outputs: outputs)
  }
}
