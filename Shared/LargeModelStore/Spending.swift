import Foundation
import LargeModelFlow
import Postgres

/// What a task has paid, all workers together, by the database's clock.
public struct Spending: Sendable, Equatable {
  /// In the running hour, UTC.
  public let thisHour: Double
  /// Since midnight, UTC.
  public let today: Double

  /// What a task has paid.
  public init(thisHour: Double, today: Double) {
    self.thisHour = thisHour
    self.today = today
  }
}

extension LargeModelStore {
  /// Adds what a worker paid since it last said so.
  /// - Parameter moment: when; decides the hour.
  /// - Returns: what the task has paid, this included.
  public func spend(_ cost: Double, of task: String, at moment: Date) async throws -> Spending {
    let hour = Budget.Window.hour.start(of: moment)
    // Not tried again: a commit whose acknowledgement was lost would be counted twice.
    return try await connection.transaction { session in
      // A sum with such a number in it would be spoiled for good.
      if cost > 0, cost <= 1e9 {
        try session.execute(
          """
          INSERT INTO large_model_spending AS s (task, hour, cost) VALUES ($1, $2, $3)
          ON CONFLICT (task, hour) DO UPDATE SET cost = s.cost + excluded.cost
          """, [.text(task), .timestamp(hour), .double(cost)])
      }
      let row = try session.query(
        """
        SELECT coalesce(sum(cost) FILTER (WHERE hour = $2), 0) AS this_hour, coalesce(sum(cost), 0) AS today
        FROM large_model_spending WHERE task = $1 AND hour >= $3
        """, [.text(task), .timestamp(hour), .timestamp(Budget.Window.day.start(of: moment))]
      ).one()
      return Spending(thisHour: try row["this_hour"], today: try row["today"])
    }
  }

  /// Records a move of the threshold.
  public func record(_ move: ThresholdController.Move, of task: String, by worker: String) async throws {
    try await connection.execute(
      """
      INSERT INTO threshold_moves
        (task, worker, moved_at, threshold_before, threshold_after, pressure, spent, budget)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .text(task), .text(worker), .timestamp(move.at), .double(Double(move.from)), .double(Double(move.to)),
        .double(move.pressure), .double(move.spent), .double(move.limit),
      ])
  }
}
