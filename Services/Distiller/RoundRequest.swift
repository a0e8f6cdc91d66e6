import ModelStore
import Postgres

/// A request for a round now (`shunt distill now`), heard by the distillers that run.
public enum RoundRequest {
  /// The channel; the payload is the number of the last round that was seen, a space, and the task.
  static let channel = "distillation_requests"

  /// Reads a payload. A request that is heard late, when its round has begun already, asks for nothing.
  static func read(_ payload: String) -> (lastRound: Int, task: String)? {
    let parts = payload.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let last = Int(parts[0]) else { return nil }
    return (last, String(parts[1]))
  }

  /// Asks for a round of a task, again each second until one begins.
  /// - Parameter patience: after so long nobody seems to be there.
  /// - Returns: the round that began, or one that runs already; `nil` where none did.
  public static func begin(
    task: String, models: ModelStore, over connection: Connection, patience: Duration
  ) async throws -> DistillationRound? {
    let last = try await models.rounds(task: task, limit: 1).first
    let end = ContinuousClock.now + patience
    while true {
      _ = try await connection.query("SELECT pg_notify($1, $2)", [.text(channel), .text("\(last?.id ?? 0) \(task)")])
      for _ in 0..<10 {
        try await Task.sleep(for: .milliseconds(100))
        let newest = try await models.rounds(task: task, limit: 1).first
        if let newest, newest.id != last?.id || newest.state == .running { return newest }
        if ContinuousClock.now >= end { return nil }
      }
    }
  }
}
