import Foundation
import Postgres

extension ResultStore {
  /// Deletes answers and audits that were recorded before `moment`, oldest first. Their hourly sums stay.
  ///
  /// Short transactions, each over the next `chunk` rows in the order of recording: it reads no more of the tables than
  /// it deletes, and may be called by several recorders at once, which then share the rows. A row whose deletion is
  /// missed, because its transaction overlapped with others', goes with the next call.
  /// - Returns: how many rows were deleted.
  /// - Throws: `PostgresError` where the server refuses for good or `backoff` ends; `CancellationError`, also between
  ///   two transactions.
  @discardableResult
  public func deleteRecorded(before moment: Date, chunk: Int = 10_000) async throws -> Int {
    var deleted = 0
    for table in [ResultTable.results, .audits] {
      deleted += try await delete(from: table.rawValue, inOrderOf: "sequence", before: moment, chunk)
    }
    return deleted
  }

  /// Deletes rejections that were recorded before `moment`, replayed or not, as `deleteRecorded` does answers.
  /// - Returns: how many.
  @discardableResult
  public func deleteRejections(before moment: Date, chunk: Int = 1_000) async throws -> Int {
    try await delete(from: "rejections", inOrderOf: "number", before: moment, chunk)
  }

  /// Deletes the sums of hours that began before `moment`.
  /// - Returns: how many.
  @discardableResult
  public func deleteSums(before moment: Date, chunk: Int = 10_000) async throws -> Int {
    var deleted = 0
    while true {
      try Task.checkCancellation()
      let count = try await connection.retrying(backoff) { session in
        try session.execute(
          """
          DELETE FROM hourly_results WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM hourly_results WHERE hour < $1 ORDER BY hour LIMIT $2 FOR UPDATE SKIP LOCKED))
          """, [.timestamp(moment), .integer(chunk)])
      }
      deleted += count
      if count < chunk { return deleted }
    }
  }

  private func delete(
    from table: String, inOrderOf number: String, before moment: Date, _ chunk: Int
  ) async throws -> Int {
    var (deleted, place) = (0, Int?.some(0))
    while let start = place {
      try Task.checkCancellation()
      let part = try await connection.retrying(backoff) { session in
        let row = try session.query(
          Self.deletion(from: table, inOrderOf: number), [.integer(start), .integer(chunk), .timestamp(moment)]
        ).one()
        return (deleted: try row["deleted"] as Int, last: try row["last"] as Int?)
      }
      deleted += part.deleted
      // Where none of a chunk is old enough, none after it is.
      place = part.last
    }
    return deleted
  }

  private static func deletion(from table: String, inOrderOf number: String) -> String {
    """
    WITH oldest AS (
      SELECT \(number), recorded_at FROM \(table) WHERE \(number) > $1 ORDER BY \(number) LIMIT $2
      FOR UPDATE SKIP LOCKED),
    gone AS (
      DELETE FROM \(table) USING oldest
      WHERE \(table).\(number) = oldest.\(number) AND oldest.recorded_at < $3
      RETURNING oldest.\(number))
    SELECT count(*) AS deleted, max(\(number)) AS last FROM gone
    """
  }
}
