import Concurrency
import Synchronization
import Torch

/// Runs a training on a thread of its own, on `threads` threads of libtorch.
/// - Parameter body: calls what it is given once a step, which throws `CancellationError` once the task is cancelled.
func onTrainingThread<Value: Sendable>(
  threads: Int, _ body: @escaping @Sendable (_ checkCancellation: () throws -> Void) throws -> Value
) async throws -> Value {
  let isCancelled = CancellationFlag()
  return try await withTaskCancellationHandler {
    try await DedicatedThread(name: "training").run {
      try withThreads(threads) {
        try body { if isCancelled.value.load(ordering: .relaxed) { throw CancellationError() } }
      }
    }
  } onCancel: {
    isCancelled.value.store(true, ordering: .relaxed)
  }
}

/// Set by the task, read by the training's thread.
private final class CancellationFlag: Sendable {
  let value = Atomic(false)
}
