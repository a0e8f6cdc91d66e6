import Foundation
import Postgres

extension ResultStore {
  /// Deletes answers and audits that were recorded before `moment`, oldest first. Their hourly sums stay, and so do
  /// rejections, which wait for somebody.
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
      var place: Int? = 0
      while let start = place {
        try Task.checkCancellation()
        let part = try await deleteChunk(of: table, after: start, count: chunk, before: moment)
        deleted += part.deleted
        place = part.end
      }
    }
    return deleted
  }

  private static func deletion(from table: ResultTable) -> String {
    """
    WITH oldest AS (
      SELECT sequence, recorded_at FROM \(table.rawValue) WHERE sequence > $1 ORDER BY sequence LIMIT $2
      FOR UPDATE SKIP LOCKED),
    gone AS (
      DELETE FROM \(table.rawValue) USING oldest
      WHERE \(table.rawValue).sequence = oldest.sequence AND oldest.recorded_at < $3
      RETURNING oldest.sequence)
    SELECT count(*) AS deleted, max(sequence) AS last FROM gone
    """
  }

  /// - Returns: how many rows were deleted, and where to go on: `nil` once there is no older one.
  private func deleteChunk(
    of table: ResultTable, after start: Int, count: Int, before moment: Date
  ) async throws -> (deleted: Int, end: Int?) {
    let parameters: [Parameter] = [.integer(start), .integer(count), Parameter(moment)]
    return try await connection.retrying(backoff) { session in
      let row = try session.query(Self.deletion(from: table), parameters).one()
      return (try row["deleted"], try row["last"])
    }
  }
}
