import Concurrency
import Encoders

/// A captioner that learns on the grids of its encoder, which are computed once.
struct LearningCaptioner<Shape: DecoderShape>: TrainableCaptioner {
  let network: StoredCaptioner<Shape>
  let encoders: EncoderLibrary

  /// AdamW with a cosine learning rate; ends early by `settings.patience`.
  func trained(
    on sets: [CaptionExamples], heldOut: CaptionExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner {
    let encoder = try await DedicatedThread(name: "encoder").run {
      FrozenEncoder.images(try network.loadedEncoder(encoders, threads: settings.threads))
    }
    let read = try await captions(of: sets, encoder, settings)
    let heldOut = try await captions(of: heldOut.map { [$0] } ?? [], encoder, settings).first
    return try await onTrainingThread(threads: settings.threads) { checkCancellation in
      let training = try CaptionTraining(
        network.shape, weights: network.weights, sets: read, heldOut: heldOut, settings: settings)
      let outcome = try training.run(progress: progress, checkCancellation: checkCancellation)
      var trained = network
      trained.weights = outcome.weights
      return TrainedCaptioner(network: trained, epochs: outcome.epochs, temperature: outcome.temperature)
    }
  }

  private func captions(
    of sets: [CaptionExamples], _ encoder: FrozenEncoder, _ settings: TrainingSettings
  ) async throws -> [CaptionSet] {
    var result: [CaptionSet] = []
    for set in sets where !set.inputs.isEmpty {
      try set.check(have: .image)
      result.append(
        CaptionSet(
          set.targets, grids: try await encoder.features(of: set.inputs, pooling: .grid),
          vocabulary: network.vocabulary, maximum: min(settings.maximumTokens, network.shape.longest - 1)))
    }
    return result
  }
}
