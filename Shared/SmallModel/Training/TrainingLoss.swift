import Foundation
import Torch

/// The loss of one source's batches: cross-entropy on hard labels, or KL(teacher ‖ network) on a teacher's
/// distributions, the form of both of the paper's distillation losses (23, 24).
struct TrainingLoss {
  private let targets: Targets
  private let labels: Int
  private let weight: Double
  private let classWeights: Tensor?
  private let labelSmoothing: Double
  /// τ · log prior, added to the logits of hard labels (Menon et al. 2021, equation 10).
  private let adjustment: Tensor?

  init<Inputs>(_ source: TrainingSet<Inputs>, labels: Int, settings: TrainingSettings) throws {
    targets = source.targets
    self.labels = labels
    weight = source.weight
    labelSmoothing = settings.labelSmoothing
    if case .labels(let values) = source.targets, settings.classWeighting > 0 {
      classWeights = try Tensor(
        Self.classWeights(values, labels: labels, exponent: settings.classWeighting), shape: [labels])
    } else {
      classWeights = nil
    }
    if case .labels(let values) = source.targets, settings.logitAdjustment > 0 {
      adjustment = try Tensor(
        Self.adjustment(values, labels: labels, strength: settings.logitAdjustment), shape: [labels])
    } else {
      adjustment = nil
    }
  }

  /// strength · log(share of each label); a label that does not occur counts as one that occurs once.
  static func adjustment(_ values: [Int], labels: Int, strength: Double) -> [Float] {
    var counts = [Int](repeating: 0, count: labels)
    for value in values { counts[value] += 1 }
    return counts.map { Float(strength * log(Double(max($0, 1)) / Double(max(values.count, 1)))) }
  }

  /// (mean count / count)^exponent of each label; 1 for a label that does not occur.
  static func classWeights(_ values: [Int], labels: Int, exponent: Double) -> [Float] {
    var counts = [Int](repeating: 0, count: labels)
    for value in values { counts[value] += 1 }
    let mean = Double(values.count) / Double(labels)
    return counts.map { $0 == 0 ? 1 : Float(pow(mean / Double($0), exponent)) }
  }

  /// The mean loss over the inputs `indices` of the source, whose logits [indices, labels] are given.
  func value(_ logits: Tensor, indices: [Int]) throws -> Tensor {
    let loss: Tensor
    switch targets {
    case .labels(let values):
      let target = try Tensor(integers: indices.map { Int64(values[$0]) }, shape: [indices.count])
      let adjusted = try adjustment.map { adjustment in try logits + adjustment } ?? logits
      loss = try adjusted.crossEntropy(target: target, weight: classWeights, labelSmoothing: labelSmoothing)
    case .distributions(let values):
      let rows = indices.flatMap { values[$0 * labels..<($0 + 1) * labels] }
      loss = try logits.logSoftmax(1).klDivergence(target: Tensor(rows, shape: [indices.count, labels]))
    }
    return weight == 1 ? loss : try loss * weight
  }
}
