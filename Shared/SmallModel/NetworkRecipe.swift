import Content
import Encoders

/// How a network is made and trained from nothing, as a task's settings say.
public protocol NetworkRecipe: Sendable {
  /// How it is trained, which the card keeps.
  var training: TrainingSettings { get set }

  /// What the network will need of an input; `nil` where settings alone do not tell.
  var reads: Set<Input.Kind>? { get }

  /// The same training, kept in no file while it runs: for a trial, which must not take the place of what is kept.
  var withoutCheckpoint: Self { get }

  /// Whether a network is such as this recipe makes, so that it may learn on in the place of a new one.
  func makes(_ network: any SmallModelNetwork) -> Bool

  /// Makes and trains a network.
  /// - Parameters:
  ///   - examples: with hard labels.
  ///   - heldOut: decide when to stop, where the network's training stops early; never trained on.
  ///   - labels: in the order of the logits.
  ///   - encoders: those that settings may name.
  ///   - progress: called after each epoch.
  /// - Throws: what is wrong with examples, settings or models; `CancellationError`.
  func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork
}

extension NetworkRecipe {
  /// Not told.
  public var reads: Set<Input.Kind>? { nil }

  /// Itself: most trainings take minutes, and are kept nowhere.
  public var withoutCheckpoint: Self { self }
}
