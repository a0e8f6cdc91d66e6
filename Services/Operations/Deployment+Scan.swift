import Distiller
import Encoders
import Evaluation
import Postgres
import ResultStore
import Tasks

extension Deployment {
  /// How much of a task's stream a small model could answer, by what the large model has answered so far.
  /// - Parameters:
  ///   - limit: so many of the newest answers at most.
  ///   - step: called from any thread.
  public func scan(
    _ task: TaskDefinition, newest limit: Int, step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws -> ScanReport {
    let scan = StreamScan(
      task, results: ResultStore(try Connection(database("command"))), images: settings.images,
      encoders: EncoderLibrary(models))
    return try await scan.run(newest: limit, step: step)
  }
}
