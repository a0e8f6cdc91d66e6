import Content
import Encoders

/// What computes in a small model that answers with captions, as it is stored: weights, words, and what encodes its input.
///
/// Another one is a folder and a line in `Architecture.all`.
public protocol CaptionerNetwork: StoredNetwork {
  /// The network ready to answer, at the card's temperature and with its calibration.
  /// - Throws: where what it needs beside its file is not there, with what and how to bring it.
  func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any CaptionPredictor

  /// The network as one that learns on from where it stands.
  /// - Parameter encoders: those that it may name.
  func trainable(_ encoders: EncoderLibrary) throws -> any TrainableCaptioner
}

/// A captioner that learns on from where it stands.
public protocol TrainableCaptioner: Sendable {
  /// Trains on batches of `sets` in turn, starting from this network's weights, on a thread of its own.
  /// - Parameters:
  ///   - heldOut: never trained on; its captions decide when to stop. Without it `settings.heldOutShare` of the first set's
  ///     inputs is parted off.
  ///   - progress: called after each epoch, from the training's thread; `heldOutAccuracy` is the share of tokens that are the
  ///     most probable ones.
  /// - Throws: `SmallModelError` for unusable settings or data, `CancellationError` within one step of the task's
  ///   cancellation, `TorchError`.
  func trained(
    on sets: [CaptionExamples], heldOut: CaptionExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner
}

/// What a captioner's training came to.
public struct TrainedCaptioner: Sendable {
  /// At its lowest held-out loss; without held-out data the last.
  public let network: any CaptionerNetwork
  /// Every epoch that was run.
  public let epochs: [TrainingEpoch]
  /// At which the held-out captions' tokens are most probable: the card's; 1 without held-out data.
  public let temperature: Double

  /// What a training ends with.
  public init(network: any CaptionerNetwork, epochs: [TrainingEpoch], temperature: Double) {
    (self.network, self.epochs, self.temperature) = (network, epochs, temperature)
  }
}

/// How a captioner is made and trained from nothing, as a task's settings say.
public protocol CaptionerRecipe: Sendable {
  /// How it is trained, which the card keeps.
  var training: TrainingSettings { get set }

  /// Makes and trains a captioner; its words are those that the examples have often enough.
  /// - Parameters:
  ///   - examples: with captions.
  ///   - heldOut: as `TrainableCaptioner` has it.
  ///   - encoders: those that settings may name.
  ///   - progress: called after each epoch.
  /// - Throws: what is wrong with examples, settings or models; `CancellationError`.
  func train(
    _ examples: CaptionExamples, heldOut: CaptionExamples?, encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner
}
