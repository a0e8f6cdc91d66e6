import Foundation
import Torch

/// Each feature's mean and deviation, so that one learning rate and one decay suit all.
package struct Standardisation {
  private let mean: [Float]
  private let inverseDeviation: [Float]

  /// Of all rows.
  package init(_ features: FeatureMatrix) {
    var sums = [Double](repeating: 0, count: features.columns)
    var squares = sums
    for row in 0..<features.rows {
      for (column, value) in features[row].enumerated() {
        sums[column] += Double(value)
        squares[column] += Double(value) * Double(value)
      }
    }
    let count = Double(max(features.rows, 1))
    mean = sums.map { Float($0 / count) }
    inverseDeviation = zip(sums, squares).map { sum, square in
      let variance = square / count - (sum / count) * (sum / count)
      return variance > 1e-12 ? Float(1 / variance.squareRoot()) : 0
    }
  }

  /// (x − μ) / σ of rows [inputs, features]; 0 where a feature is always the same.
  package func applied(to features: Tensor) throws -> Tensor {
    let shape = [1, mean.count]
    return try (features - Tensor(mean, shape: shape)) * Tensor(inverseDeviation, shape: shape)
  }

  /// W (x − μ) / σ + b as one matrix and one vector for raw features.
  package func folded(_ weight: [Float], _ bias: [Float], classes: Int) -> (FeatureMatrix, [Float]) {
    var matrix = FeatureMatrix(rows: classes, columns: mean.count)
    var shifted = bias
    for label in 0..<classes {
      var shift = 0.0
      for column in mean.indices {
        let value = weight[label * mean.count + column] * inverseDeviation[column]
        matrix.values[label * mean.count + column] = value
        shift += Double(value) * Double(mean[column])
      }
      shifted[label] -= Float(shift)
    }
    return (matrix, shifted)
  }
}

extension Standardisation {
  /// The other way round: a head on raw features as W [labels][features] and b on standardised ones. What it makes of a
  /// feature that is always the same goes into b.
  package func unfolded(_ head: LinearHead) -> (weight: [Float], bias: [Float]) {
    var (weight, bias) = (head.weight.values, head.bias)
    for label in 0..<head.weight.rows {
      var shift = 0.0
      for column in mean.indices {
        let place = label * mean.count + column
        shift += Double(weight[place]) * Double(mean[column])
        weight[place] = inverseDeviation[column] > 0 ? weight[place] / inverseDeviation[column] : 0
      }
      bias[label] += Float(shift)
    }
    return (weight, bias)
  }
}

/// Standardised features and classes as tensors. Not `Sendable`: it stays with the thread that fits.
struct TensorData {
  let features: Tensor  // [texts, features]
  let targets: Tensor  // [texts], int64
  let count: Int

  init(_ data: LabelledFeatures, _ standard: Standardisation) throws {
    features = try standard.applied(
      to: Tensor(data.features.values, shape: [data.features.rows, data.features.columns]))
    targets = try Tensor(integers: data.targets.map(Int64.init), shape: [data.targets.count])
    count = data.targets.count
  }

  private init(features: Tensor, targets: Tensor, count: Int) {
    (self.features, self.targets, self.count) = (features, targets, count)
  }

  func selecting(_ rows: some Collection<Int>) throws -> TensorData {
    let indices = try Tensor(integers: rows.map(Int64.init), shape: [rows.count])
    return TensorData(
      features: try features.selected(0, indices), targets: try targets.selected(0, indices), count: rows.count)
  }
}

/// Multinomial logistic regression by AdamW (Loshchilov and Hutter 2019).
final class LogisticRegression {
  private let data: TensorData
  private let fitting: LinearHeadFitting
  private let learningRate: Double
  private let weight: Tensor  // [classes, features]
  private let bias: Tensor  // [classes]
  private let weightOptimizer: Adam
  private let biasOptimizer: Adam
  private var generator: SplitMix64
  private var step = 0

  init(_ data: TensorData, classes: Int, fitting: LinearHeadFitting, decay: Double) throws {
    (self.data, self.fitting) = (data, fitting)
    learningRate = fitting.learningRate ?? LinearHeadFitting.defaultLearningRate(features: data.features.shape[1])
    weight = try .zeros([classes, data.features.shape[1]])
    bias = try .zeros([classes])
    for parameter in [weight, bias] { try parameter.requireGradient() }
    weightOptimizer = try Adam([weight], learningRate: learningRate, weightDecay: decay, decoupled: true)
    biasOptimizer = try Adam([bias], learningRate: learningRate)
    generator = SplitMix64(state: fitting.seed)
  }

  /// One pass over the data in a fresh order.
  func pass(_ epoch: Int) throws {
    let order = (0..<data.count).shuffled(using: &generator)
    let steps = (data.count + fitting.batchSize - 1) / fitting.batchSize * fitting.epochs
    for start in stride(from: 0, to: data.count, by: fitting.batchSize) {
      let batch = try data.selecting(order[start..<min(start + fitting.batchSize, data.count)])
      let rate = learningRate * (1 + cos(.pi * Double(step) / Double(steps))) / 2
      try weightOptimizer.setLearningRate(rate)
      try biasOptimizer.setLearningRate(rate)
      try logits(batch).crossEntropy(target: batch.targets).backward()
      try weightOptimizer.step()
      try biasOptimizer.step()
      step += 1
    }
  }

  /// Mean cross-entropy in nats and the share of texts that are right.
  func score(_ data: TensorData) throws -> (loss: Double, accuracy: Double) {
    try withoutGradient { () throws in
      let logits = try logits(data)
      let loss = try logits.crossEntropy(target: data.targets).item()
      let answers = try logits.max(-1).indices.integers()
      let right = zip(answers, try data.targets.integers()).count { $0 == $1 }
      return (Double(loss), Double(right) / Double(data.count))
    }
  }

  /// The weight, row after row, and the bias.
  func parameters() throws -> (weight: [Float], bias: [Float]) { (try weight.floats(), try bias.floats()) }

  private func logits(_ data: TensorData) throws -> Tensor { try data.features.linear(weight: weight, bias: bias) }
}

/// Steele, Lea and Flood 2014: small, and the same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
