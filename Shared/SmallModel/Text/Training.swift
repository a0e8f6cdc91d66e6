import Concurrency
import Synchronization
import Torch

extension TextCNN {
  /// Trains on batches of `sources` in turn, starting from this network's weights, on a thread of its own.
  ///
  /// Hard labels are learnt by cross-entropy, a teacher's distributions by KL(teacher ‖ network). AdamW with a cosine
  /// learning rate; ends early by `settings.patience`.
  /// - Parameters:
  ///   - heldOut: never trained on. Without it `settings.heldOutShare` of the first source is parted off.
  ///   - progress: called after each epoch, from the training's thread.
  /// - Throws: `SmallModelError` for unusable settings or data, `CancellationError` within one step of the task's
  ///   cancellation, `TorchError`.
  public func trained(
    on sources: [TrainingSource], heldOut: TrainingSource? = nil, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void = { _ in }
  ) async throws -> TrainingOutcome {
    let isCancelled = CancellationFlag()
    return try await withTaskCancellationHandler {
      try await DedicatedThread(name: "training").run {
        try withThreads(settings.threads) {
          let run = try TrainingRun(self, sources: sources, heldOut: heldOut, settings: settings)
          return try run.outcome(progress: progress) {
            if isCancelled.value.load(ordering: .relaxed) { throw CancellationError() }
          }
        }
      }
    } onCancel: {
      isCancelled.value.store(true, ordering: .relaxed)
    }
  }
}

/// Set by the task, read by the training's thread.
private final class CancellationFlag: Sendable {
  let value = Atomic(false)
}
