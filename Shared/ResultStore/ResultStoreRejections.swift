import Foundation
import Postgres

extension ResultStore {
  private static var rejectionColumns: [String] {
    [
      "topic", "partition", "offset", "task", "id", "reason", "payload", "is_truncated", "original_size", "attempts",
      "format", "rejected_at",
    ]
  }

  /// Writes rejections, each message once however often it is handed in. What the database refuses is halved until the
  /// row is found, of which then only the message's place and the database's words are kept.
  /// - Returns: how many are new.
  public func write(rejections rows: [RejectionRow]) async throws -> Int {
    guard !rows.isEmpty else { return 0 }
    do {
      return try await store(rows)
    } catch let error as PostgresError where rows.count > 1 && error.mayPassForLess {
      let middle = rows.count / 2
      return try await write(rejections: Array(rows[..<middle])) + write(rejections: Array(rows[middle...]))
    } catch let error as PostgresError where error.fault == .data {
      return try await storeMinimal(rows[0], error)
    }
  }

  private func store(_ rows: [RejectionRow]) async throws -> Int {
    var buffer = CopyBuffer()
    for row in rows { buffer.row { Self.append(row, to: &$0) } }
    let (sent, columns) = (buffer, Self.rejectionColumns)
    let names = columns.map(Session.quoted).joined(separator: ", ")
    return try await transaction(rows.count) { session in
      try session.run(
        script: "CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT \(names) FROM rejections WITH NO DATA")
      try session.copy(into: "staged", columns: columns, from: sent)
      return try session.execute(
        """
        INSERT INTO rejections (\(names)) SELECT \(names) FROM staged ORDER BY topic, "partition", "offset"
        ON CONFLICT DO NOTHING
        """)
    }
  }

  /// A rule of the operator's own may refuse even that; the message then stays in Kafka alone, and the log says where.
  private func storeMinimal(_ row: RejectionRow, _ error: PostgresError) async throws -> Int {
    do { return try await store([row.minimal(error)]) } catch let refusal as PostgresError where refusal.fault == .data
    {
      logger.error(
        "a rejection is kept in Kafka only: \(refusal)",
        metadata: ["topic": "\(row.topic)", "partition": "\(row.partition)", "offset": "\(row.offset)"])
      return 0
    }
  }

  /// Rejections that were not replayed, oldest first.
  /// - Parameter number: only those after it.
  public func openRejections(after number: Int = 0, limit: Int = 1_000) async throws -> [StoredRejection] {
    try await read(
      "SELECT * FROM rejections WHERE replayed_at IS NULL AND number > $1 ORDER BY number LIMIT $2::bigint",
      [.integer(number), .integer(limit)]
    ).map(StoredRejection.init)
  }

  /// The number of the newest rejection, replayed or not; 0 without any.
  public func lastRejection() async throws -> Int {
    try await read("SELECT coalesce(max(number), 0) AS n FROM rejections").one()["n"]
  }

  /// How many rejections there are, replayed or not.
  public func rejectionCount() async throws -> Int { try await read("SELECT count(*) AS n FROM rejections").one()["n"] }

  /// Marks rejections as replayed, once their samples stand in the topic again.
  /// - Returns: how many were not marked before.
  public func markReplayed(_ numbers: [Int]) async throws -> Int {
    try await connection.execute(
      "UPDATE rejections SET replayed_at = now() WHERE number = ANY($1::bigint[]) AND replayed_at IS NULL",
      [.integers(numbers)])
  }

  private static func append(_ row: RejectionRow, to buffer: inout CopyBuffer) {
    buffer.append(row.topic)
    buffer.append(Int32(clamping: row.partition))
    buffer.append(Int64(row.offset))
    buffer.append(row.task)
    buffer.append(row.id)
    buffer.append(row.reason)
    if let payload = row.payload { buffer.append(bytes: payload) } else { buffer.appendNull() }
    buffer.append(row.isTruncated)
    buffer.append(Int64(row.originalSize))
    buffer.append(row.attempts)
    buffer.append(row.format)
    buffer.append(row.rejectedAt)
  }
}

extension StoredRejection {
  fileprivate init(_ row: Row) throws {
    self.init(
      number: try row["number"],
      row: RejectionRow(
        topic: try row["topic"], partition: try row["partition"], offset: try row["offset"], task: try row["task"],
        id: try row["id"], reason: try row["reason"], payload: try row["payload"],
        isTruncated: try row["is_truncated"], originalSize: try row["original_size"], attempts: try row["attempts"],
        format: try row["format"], rejectedAt: try row["rejected_at"]),
      replayedAt: try row["replayed_at"])
  }
}
