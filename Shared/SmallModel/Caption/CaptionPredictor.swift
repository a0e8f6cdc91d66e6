import Content

/// A captioner ready to answer. It is read only: each caller brings its own memory.
public protocol CaptionPredictor: Sendable {
  /// What it needs of an input: who asks it has seen to it that all of that is there, and that an image is there as data.
  var reads: Set<Input.Kind> { get }

  /// Captions of some inputs of a batch, [rows]. It blocks the caller's thread while it computes.
  /// - Parameters:
  ///   - rows: which inputs.
  ///   - inputs: the whole batch.
  ///   - scratch: memory that is kept from batch to batch; it began with this batch.
  func captions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [GeneratedCaption]

  /// All captions of some inputs of a batch that it followed to their end, the best first: [rows][one or more]. Parameters as
  /// `captions` has them.
  func candidates(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [[CaptionCandidate]]

  /// What it holds probable at each step of the captions that it gives some inputs of a batch, [rows]: what a copy of it
  /// learns from not to forget. Parameters as `captions` has them.
  func distributions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [CaptionDistribution]
}

extension CaptionPredictor {
  /// Of one that follows no others, its caption alone.
  public func candidates(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [[CaptionCandidate]] {
    try captions(rows, of: inputs, scratch: scratch).map {
      [CaptionCandidate(caption: $0, score: Double($0.meanLogProbability))]
    }
  }

  /// Captions of inputs, [inputs].
  public func captions(_ inputs: [Input]) throws -> [GeneratedCaption] { try inBatches(inputs, captions) }

  /// All captions of inputs that it followed to their end, the best first: [inputs][one or more].
  public func candidates(_ inputs: [Input]) throws -> [[CaptionCandidate]] { try inBatches(inputs, candidates) }

  /// What it holds probable at each step of its captions, [inputs].
  public func distributions(_ inputs: [Input]) throws -> [CaptionDistribution] {
    try inBatches(inputs, distributions)
  }

  /// Batches, so that only so many pictures are in memory decoded.
  private func inBatches<Value>(
    _ inputs: [Input], _ answers: ([Int], [Input], PredictionScratch) throws -> [Value]
  ) throws -> [Value] {
    let scratch = PredictionScratch()
    var result: [Value] = []
    for start in stride(from: 0, to: inputs.count, by: 256) {
      let batch = Array(inputs[start..<min(start + 256, inputs.count)])
      scratch.begin(batch)
      result += try answers(Array(batch.indices), batch, scratch)
    }
    return result
  }
}
