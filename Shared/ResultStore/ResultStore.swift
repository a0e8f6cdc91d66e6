import Foundation
import Logging
import Postgres

/// Answers and rejections in Postgres. Writing is idempotent: one row a task and sample id, and the first stays.
public struct ResultStore: Sendable {
  let connection: Connection
  let backoff: Backoff

  /// A store on a connection of its own; `ResultSchema.migrate` must have run.
  /// - Parameter backoff: how long writes outlast a server that is away; without end unless told.
  public init(_ connection: Connection, backoff: Backoff = Backoff()) {
    self.connection = connection
    self.backoff = backoff
  }

  /// What became of a batch.
  public struct Written: Sendable, Equatable {
    /// Rows that are new.
    public var inserted = 0
    /// Rows that stood there already, or twice in the batch.
    public var repeated = 0
    /// Rows that cannot be stored; everything else of the batch is.
    public var refused: [RefusedRow] = []
  }

  /// Writes a batch, answers in one transaction with their sums, audits in another. When it returns, every row is
  /// stored or refused.
  ///
  /// The batch is copied straight into the table. Only where a row stands there already, the copy fails as a whole and
  /// the batch goes by a temporary table instead: measured, that way takes 1.5 to 2.4 times as long.
  /// - Throws: `PostgresError` where the server refuses for good or `backoff` ends; `CancellationError`.
  public func write(_ results: EncodedResults) async throws -> Written {
    var written = Written(refused: results.refused)
    for part in results.parts {
      let inserted = try await insert(part)
      written.inserted += inserted
      written.repeated += part.rows.count - inserted
    }
    return written
  }

  /// Encodes and writes a batch.
  public func write(_ rows: [ResultRow]) async throws -> Written { try await write(EncodedResults(rows)) }

  private func insert(_ part: EncodedResults.Part) async throws -> Int {
    do {
      return try await connection.retryingTransaction(backoff: backoff) { session in
        try session.copy(into: part.table.rawValue, columns: ResultColumns.names, from: part.buffer)
        try part.sums.add(to: session)
        return part.rows.count
      }
    } catch let error as PostgresError where error.sqlState == "23505" {
      return try await merge(part.rows, part.table)
    }
  }

  /// Inserts what does not stand there yet, and adds to the sums what was inserted.
  private func merge(_ rows: [ResultRow], _ table: ResultTable) async throws -> Int {
    let firsts = Dictionary(
      rows.map { (SampleKey(task: $0.task, id: $0.id), $0) }, uniquingKeysWith: { first, _ in first })
    let buffer = ResultColumns.buffer(firsts.values)
    let columns = ResultColumns.names.joined(separator: ", ")
    return try await connection.retryingTransaction(backoff: backoff) { session in
      try session.run(
        script: "CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT \(columns) FROM \(table.rawValue) WITH NO DATA")
      try session.copy(into: "staged", columns: ResultColumns.names, from: buffer)
      // In the keys' order, so that two recorders with the same rows cannot wait for each other in a circle.
      let inserted = try session.query(
        """
        INSERT INTO \(table.rawValue) (\(columns)) SELECT \(columns) FROM staged ORDER BY task, id
        ON CONFLICT (task, id) DO NOTHING RETURNING task, id
        """)
      try HourlySums(inserted.compactMap { firsts[SampleKey(task: try $0["task"], id: try $0["id"])] }).add(to: session)
      return inserted.count
    }
  }
}

/// Where an answer goes.
enum ResultTable: String {
  case results, audits
  var isAudit: Bool { self == .audits }
}

/// The identity of a sample, byte by byte as Postgres has it: Swift takes "é" and "e" with an accent for one string.
private struct SampleKey: Hashable {
  let task: [UInt8]
  let id: [UInt8]

  init(task: String, id: String) {
    self.task = Array(task.utf8)
    self.id = Array(id.utf8)
  }
}
