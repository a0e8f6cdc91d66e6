import ModelStore
import Router
import Tasks

/// Rounds on request.
public enum DistillationRounds {
  /// Asks the running distillers for a round and waits for its end.
  /// - Throws: `TaskError` where no distiller takes it up within a minute.
  public static func now(task: String, store: ModelStore) async throws -> DistillationRound {
    guard let begun = try await store.beginRequestedRound(task: task, patience: .seconds(60)) else {
      throw TaskError("no distiller took up a round of task \(task); is 'shunt distiller' running?")
    }
    while true {
      guard let round = try await store.rounds(task: task).first(where: { $0.id == begun.id }) else {
        throw TaskError("round \(begun.id) of task \(task) is no longer among its last rounds")
      }
      if round.state != .running { return round }
      // A round takes seconds to minutes; the database says when it is over.
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// The same, and waits until this process's router answers by the versions that are in force then: it routes thousands
  /// of samples in the time that it takes to load one.
  public static func now(
    task: String, store: ModelStore, routedBy table: CurrentRoutingTable
  ) async throws -> DistillationRound {
    let round = try await now(task: task, store: store)
    let versions = try await store.serving().smallModels(of: task).map(\.description.version)
    try await table.wait { $0.cascades[task]?.stages.map(\.version) == versions }
    return round
  }
}
