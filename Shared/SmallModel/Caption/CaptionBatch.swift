import Torch

/// Captions of a step, padded: what a decoder reads, and what it shall say.
struct CaptionBatch {
  /// No loss where a target is this: at::cross_entropy_loss ignores it.
  private static let padding: Int64 = -100

  /// [captions, places, channels]
  let grids: Tensor
  /// [captions, length], int64: the start, then the caption's tokens.
  let tokens: Tensor
  /// [captions × length], int64: the caption's tokens, then its end.
  let targets: [Int64]
  /// Steps that count.
  let count: Int
  private let length: Int
  private let distributions: [[[(token: Int32, probability: Float)]]]

  init(_ set: CaptionSet, _ indices: [Int], shape: some DecoderShape) throws {
    let entries = indices.map { set.entries[$0] }
    let length = (entries.map(\.tokens.count).max() ?? 0) + 1
    var (tokens, targets): ([Int64], [Int64]) = ([], [])
    for entry in entries {
      let words = entry.tokens.map(Int64.init)
      let rest = length - words.count - 1
      tokens += [Int64(CaptionVocabulary.end)] + words + Array(repeating: Int64(CaptionVocabulary.end), count: rest)
      targets += words + [Int64(CaptionVocabulary.end)] + Array(repeating: Self.padding, count: rest)
    }
    grids = try shape.tensor(set.grids.selecting(entries.map(\.picture)))
    self.tokens = try Tensor(integers: tokens, shape: [entries.count, length])
    (self.targets, self.length) = (targets, length)
    count = targets.count { $0 != Self.padding }
    distributions = entries.compactMap(\.distributions)
  }

  /// The mean loss of a step that counts: cross-entropy on the captions, or to a teacher's distributions.
  /// - Parameter logits: [captions, length, words].
  func loss(_ logits: Tensor, labelSmoothing: Double) throws -> Tensor {
    let words = logits.shape[2]
    let rows = try logits.reshaped([-1, words])
    guard !distributions.isEmpty else {
      return try rows.crossEntropy(
        target: Tensor(integers: targets, shape: [targets.count]), labelSmoothing: labelSmoothing)
    }
    var teacher = [Float](repeating: 0, count: targets.count * words)
    for (caption, steps) in distributions.enumerated() {
      for (step, probabilities) in steps.prefix(length).enumerated() {
        for (token, probability) in probabilities {
          teacher[(caption * length + step) * words + Int(token)] = probability
        }
      }
    }
    let divergence = try rows.logSoftmax(1).klDivergence(target: Tensor(teacher, shape: [targets.count, words]))
    // A mean over all rows, of which the padded ones add nothing.
    return try divergence * (Double(targets.count) / Double(count))
  }

  /// Of the steps that count: how many have their target as the most probable token, and the sum of their losses at each of
  /// some temperatures.
  func score(_ logits: Tensor, temperatures: [Double]) throws -> (right: Int, losses: [Double]) {
    let words = logits.shape[2]
    let rows = try logits.reshaped([-1, words])
    let best = try rows.max(1).indices.integers()
    let target = try Tensor(integers: targets, shape: [targets.count])
    let losses = try temperatures.map {
      try Double((rows * (1 / $0)).crossEntropy(target: target).item()) * Double(count)
    }
    return (zip(best, targets).count { $0 == $1 }, losses)
  }
}
