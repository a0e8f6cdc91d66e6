import Concurrency
import Encoders
import Torch

/// A head that learns on the features of its encoder, which are computed once.
struct LearningEncoderHead: TrainableNetwork {
  let network: EncoderHead
  let encoders: EncoderLibrary

  /// Multinomial logistic regression from where the head stands, with the weight decay that it was fitted with; on hard
  /// labels and on a teacher's distributions. Of the settings `epochs`, `seed`, `threads`, `maximumTokens` and what
  /// is done to labels count: rate and batches are those of a head's fitting, which takes so many steps at the least.
  func trained(
    on sets: [TrainingExamples], heldOut: TrainingExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    let encoder = try await DedicatedThread(name: "encoder").run { try network.loadedEncoder(encoders, settings) }
    let sources = try await features(of: sets, encoder)
    let heldOut = try await features(of: heldOut.map { [$0] } ?? [], encoder).first
    return try await onTrainingThread(threads: settings.threads) { checkCancellation in
      let data = try TrainingRun<LinearHeadLearner>.divided(
        sources, heldOut: heldOut, labels: network.labelCount, settings: settings
      ) { try $0.validate(labels: network.labelCount, name: $1) }
      let standard = Standardisation(FeatureMatrix(joining: data.sources.map(\.inputs)))
      let own = self.settings(settings, inputs: data.sources.reduce(0) { $0 + $1.count })
      let learner = try LinearHeadLearner(network.head, standard, settings: own)
      let standardised = try (
        sources: data.sources.map { try $0.standardised(standard) }, heldOut: data.heldOut?.standardised(standard)
      )
      let run = try TrainingRun(learner, data: standardised, labels: network.labelCount, settings: own)
      let (epochs, _) = try run.run(progress: progress, checkCancellation: checkCancellation)
      return TrainedNetwork(
        network: EncoderHead(encoder: network.encoder, head: try learner.head(network.head, standard)), epochs: epochs)
    }
  }

  private func features(
    of sets: [TrainingExamples], _ encoder: FrozenEncoder
  ) async throws -> [TrainingSet<FeatureMatrix>] {
    var result: [TrainingSet<FeatureMatrix>] = []
    for set in sets where !set.inputs.isEmpty {
      let features = try await encoder.features(of: set.inputs, pooling: network.head.pooling)
      result.append(TrainingSet(inputs: features, targets: set.targets))
    }
    return result
  }

  private func settings(_ given: TrainingSettings, inputs: Int) -> TrainingSettings {
    var (own, fitting) = (given, LinearHeadFitting())
    fitting.epochs = given.epochs
    own.epochs = fitting.lengthened(for: inputs).epochs
    (own.batchSize, own.optimizer, own.warmUp) = (fitting.batchSize, .adam, 0)
    own.learningRate = LinearHeadFitting.defaultLearningRate(features: network.head.featureCount)
    own.weightDecay = network.head.weightDecay
    return own
  }
}

extension FeatureMatrix: TrainingInputs {
  /// Rows.
  public var count: Int { rows }

  /// As they are: all are of one size.
  public func sortedByLength(_ indices: ArraySlice<Int>) -> [Int] { Array(indices) }
}

extension TrainingSet<FeatureMatrix> {
  /// The same with standardised features.
  fileprivate func standardised(_ standard: Standardisation) throws -> TrainingSet {
    let raw = try Tensor(inputs.values, shape: [inputs.rows, inputs.columns])
    let values = try standard.applied(to: raw).floats()
    return TrainingSet(
      inputs: try FeatureMatrix(rows: inputs.rows, columns: inputs.columns, values: values), targets: targets,
      weight: weight)
  }
}

/// A linear head while it learns, on standardised features.
final class LinearHeadLearner: Learner {
  let optimizers: [Optimizer]
  private let weight: Tensor  // [labels, features]
  private let bias: Tensor  // [labels]

  /// - Parameter start: a head on raw features.
  init(_ start: LinearHead, _ standard: Standardisation, settings: TrainingSettings) throws {
    let (weight, bias) = standard.unfolded(start)
    self.weight = try Tensor(weight, shape: [start.labels.count, start.featureCount])
    self.bias = try Tensor(bias, shape: [start.labels.count])
    for parameter in [self.weight, self.bias] { try parameter.requireGradient() }
    optimizers = try [
      settings.optimizer(of: [self.weight], weightDecay: settings.weightDecay),
      settings.optimizer(of: [self.bias], weightDecay: 0),
    ]
  }

  var state: [Tensor] { [weight, bias] }

  func stepLogits(_ features: FeatureMatrix, indices: [Int], step: Int) throws -> Tensor {
    let rows = try Tensor(features.selecting(indices).values, shape: [indices.count, features.columns])
    return try rows.linear(weight: weight, bias: bias)
  }

  func logits(_ features: FeatureMatrix) throws -> [Float] {
    try withoutGradient { () throws in
      try Tensor(features.values, shape: [features.rows, features.columns]).linear(weight: weight, bias: bias).floats()
    }
  }

  /// The head as it stands, for raw features.
  func head(_ start: LinearHead, _ standard: Standardisation) throws -> LinearHead {
    let (weight, bias) = try standard.folded(weight.floats(), bias.floats(), classes: start.labels.count)
    return start.with(weight: weight, bias: bias)
  }
}
