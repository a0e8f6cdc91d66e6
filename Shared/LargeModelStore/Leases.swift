import Foundation
import LargeModelFlow
import Postgres

extension LargeModelStore {
  /// Renews a lease of a task's limits, as `RateLease` describes it.
  /// - Parameter renew: the worker's next lease, of all that the task has and the database's time.
  /// - Returns: what `renew` returned, and now stands in the table.
  public func renewLease(
    of task: String, _ renew: @escaping @Sendable (_ leases: [RateLease], _ now: Date) -> RateLease
  ) async throws -> RateLease {
    try await connection.retryingTransaction(backoff: backoff) { session in
      try session.lockUntilCommit("large_model_leases/\(task)")
      let now: Date = try session.query("SELECT clock_timestamp() AS now").one()["now"]
      let leases = try session.query(
        "SELECT worker, share, expires_at FROM large_model_leases WHERE task = $1", [.text(task)]
      ).map { RateLease(worker: try $0["worker"], share: try $0["share"], expiresAt: try $0["expires_at"]) }
      let lease = renew(leases, now)
      try session.execute(
        "DELETE FROM large_model_leases WHERE task = $1 AND expires_at <= $2", [.text(task), .timestamp(now)])
      try session.execute(
        """
        INSERT INTO large_model_leases (task, worker, share, expires_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (task, worker) DO UPDATE SET share = excluded.share, expires_at = excluded.expires_at
        """, [.text(task), .text(lease.worker), .double(lease.share), .timestamp(lease.expiresAt)])
      return lease
    }
  }

  /// Gives a worker's lease up, so that the others need not wait for its end.
  public func releaseLease(of task: String, worker: String) async throws {
    try await connection.execute(
      "DELETE FROM large_model_leases WHERE task = $1 AND worker = $2", [.text(task), .text(worker)])
  }
}
