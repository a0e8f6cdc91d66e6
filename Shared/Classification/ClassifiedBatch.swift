import Cascade

/// A batch of a classification task after the small models: who is sure of which label, and what each small model held
/// probable.
public struct ClassifiedBatch: Sendable {
  /// What a stage made of the samples that reached it.
  private struct Output: Sendable {
    /// [rows × classes]
    var probabilities: [Float]
    /// [rows]: the most probable class.
    var labels: [Int] = []
  }

  /// [samples]
  public var decisions: [ShuntedBatch.Decision] { shunted.decisions }
  /// The number of classes.
  public let classCount: Int
  private let shunted: ShuntedBatch
  private let outputs: [Output]

  /// Sends a batch through the small models, each seeing only what the ones before it were unsure of.
  /// - Parameters:
  ///   - count: samples in the batch.
  ///   - stages: in their order; may be empty, then everything is hard.
  ///   - temperatures: [stages], each above 0.
  ///   - classCount: the task's number of classes.
  ///   - logits: called with a stage and the indices of the samples that reach it; writes [indices × classes].
  public init(
    count: Int, stages: [CascadeStage], temperatures: [Float], classCount: Int,
    logits: (_ stage: Int, _ samples: [Int], _ into: UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    var outputs: [Output] = []
    shunted = try Shunt.shunt(count: count, stages: stages) { stage, samples in
      var output = Output(probabilities: [Float](repeating: 0, count: samples.count * classCount))
      var confidences: [Float] = []
      confidences.reserveCapacity(samples.count)
      output.labels.reserveCapacity(samples.count)
      try output.probabilities.withUnsafeMutableBufferPointer { buffer in
        if !samples.isEmpty { try logits(stage, samples, buffer) }
        for row in samples.indices {
          let values = UnsafeMutableBufferPointer(rebasing: buffer[row * classCount..<(row + 1) * classCount])
          Softmax.apply(to: values, temperature: temperatures[stage])
          let top = TopLabel(values)
          output.labels.append(top.label)
          confidences.append(top.probability)
        }
      }
      outputs.append(output)
      return confidences
    }
    self.outputs = outputs
    self.classCount = classCount
  }

  /// The class that a stage held most probable for a sample; `nil` where the sample was answered before it.
  public func label(ofStage stage: Int, sample: Int) -> Int? {
    shunted.row(ofStage: stage, sample: sample).map { outputs[stage].labels[$0] }
  }

  /// What a stage held probable for a sample, [classes]; `nil` where the sample was answered before it.
  public func probabilities(ofStage stage: Int, sample: Int) -> ArraySlice<Float>? {
    shunted.row(ofStage: stage, sample: sample).map {
      outputs[stage].probabilities[$0 * classCount..<($0 + 1) * classCount]
    }
  }
}
