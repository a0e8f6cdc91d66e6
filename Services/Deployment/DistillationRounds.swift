import Distiller
import ModelStore
import Postgres
import Tasks

/// Rounds on request.
public enum DistillationRounds {
  /// Asks the running distillers for a round and waits for its end.
  /// - Throws: `TaskError` where no distiller takes it up within a minute.
  public static func now(task: String, store: ModelStore, connection: Connection) async throws -> DistillationRound {
    guard
      let begun = try await RoundRequest.begin(task: task, models: store, over: connection, patience: .seconds(60))
    else { throw TaskError("no distiller took up a round of task \(task); is 'shunt distiller' running?") }
    while true {
      guard let round = try await store.rounds(task: task).first(where: { $0.id == begun.id }) else {
        throw TaskError("round \(begun.id) of task \(task) is no longer among its last rounds")
      }
      if round.state != .running { return round }
      // A round takes seconds to minutes; the database says when it is over.
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}
