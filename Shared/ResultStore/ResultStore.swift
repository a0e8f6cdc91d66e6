import Foundation
import Logging
import Postgres

/// Answers and rejections in Postgres. Writing is idempotent: one row a task and sample id, and the first stays.
public struct ResultStore: Sendable {
  let connection: Connection
  let backoff: Backoff
  let categoriesPerHour: Int
  let logger: Logger

  /// A store on a connection of its own; `ResultSchema.migrate` must have run.
  /// - Parameters:
  ///   - backoff: how long reading and writing outlast a server that is away; without end unless told.
  ///   - categoriesPerHour: categories of a task that the sums of an hour tell apart; the rest is summed as `other`.
  public init(
    _ connection: Connection, backoff: Backoff = Backoff(), categoriesPerHour: Int = 500,
    logger: Logger = Logger(label: "result-store")
  ) {
    self.connection = connection
    self.backoff = backoff
    self.categoriesPerHour = categoriesPerHour
    self.logger = logger
  }

  /// What became of a batch.
  public struct Written: Sendable, Equatable {
    /// Rows that are new.
    public var inserted = 0
    /// Rows that stood there already, or twice in the batch.
    public var repeated = 0
    /// Rows that cannot be stored; everything else of the batch is.
    public var refused: [RefusedRow] = []
    /// New rows that the sums count under the category `other`.
    public var summedAsOther = 0
  }

  /// Writes a batch, answers in one transaction with their sums, audits in another. When it returns, every row is
  /// stored or refused.
  ///
  /// The batch is copied straight into the table. Only where a row stands there already, the copy fails as a whole and
  /// the batch goes by a temporary table instead: measured, that way takes 1.5 to 2.4 times as long. Where the database
  /// refuses a row, the batch is halved until the row is found; the others are stored.
  /// - Throws: `PostgresError` where the fault is neither the data's nor the world's, or `backoff` ends;
  ///   `CancellationError`.
  public func write(_ results: EncodedResults) async throws -> Written {
    var written = Written(refused: results.refused)
    for part in results.parts { try await insert(part, &written) }
    return written
  }

  /// Encodes and writes a batch.
  public func write(_ rows: [ResultRow]) async throws -> Written { try await write(EncodedResults(rows)) }

  private func insert(_ part: EncodedResults.Part, _ written: inout Written) async throws {
    do {
      try await store(part, &written)
    } catch let error as PostgresError where part.rows.count > 1 && error.mayPassForLess {
      for half in part.halves { try await insert(half, &written) }
    } catch let error as PostgresError where error.fault == .data {
      written.refused.append(RefusedRow(row: part.rows[0], place: part.places[0], error))
    }
  }

  /// Stores all rows of a part, or none.
  private func store(_ part: EncodedResults.Part, _ written: inout Written) async throws {
    let outcome: Written
    do {
      outcome = try await transaction(part.rows.count) { session in
        let labelled = try Self.labelled(part.rows, session)
        let part = labelled.map { EncodedResults.Part(part.table, $0, places: part.places) } ?? part
        try session.copy(into: part.table.rawValue, columns: ResultColumn.names, from: part.buffer)
        let other = try part.sums.add(to: session, categoriesPerHour: categoriesPerHour)
        return Written(inserted: part.rows.count, summedAsOther: other)
      }
    } catch let error as PostgresError where error.state == .uniqueViolation {
      outcome = try await merge(part.rows, part.table)
    }
    written.inserted += outcome.inserted
    written.repeated += outcome.repeated
    written.summedAsOther += outcome.summedAsOther
  }

  /// Inserts what does not stand there yet, and adds to the sums what was inserted.
  private func merge(_ rows: [ResultRow], _ table: ResultTable) async throws -> Written {
    let columns = ResultColumn.names.joined(separator: ", ")
    return try await transaction(rows.count) { session in
      let labelled = try Self.labelled(rows, session) ?? rows
      let firsts = Dictionary(labelled.map { (SampleKey($0), $0) }, uniquingKeysWith: { first, _ in first })
      let buffer = ResultColumn.buffer(firsts.values)
      try session.run(
        script: "CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT \(columns) FROM \(table.rawValue) WITH NO DATA")
      try session.copy(into: "staged", columns: ResultColumn.names, from: buffer)
      // In the keys' order, so that two recorders with the same rows cannot wait for each other in a circle.
      let inserted = try session.query(
        """
        INSERT INTO \(table.rawValue) (\(columns)) SELECT \(columns) FROM staged ORDER BY task, id
        ON CONFLICT (task, id) DO NOTHING RETURNING task, id
        """)
      let sums = HourlySums(try inserted.compactMap { firsts[try SampleKey($0)] })
      let other = try sums.add(to: session, categoriesPerHour: categoriesPerHour)
      return Written(inserted: inserted.count, repeated: rows.count - inserted.count, summedAsOther: other)
    }
  }

  func read(_ sql: String, _ parameters: [Parameter] = []) async throws -> Rows {
    try await connection.read(sql, parameters, backoff: backoff)
  }

  /// A transaction that waits for the world, unless it is over so many rows that fewer may do.
  func transaction<Value: Sendable>(
    _ count: Int, _ body: @Sendable (Session) throws -> Value
  ) async throws -> Value {
    try await connection.retryingTransaction(backoff: backoff, unless: { count > 1 && $0.mayPassForLess }, body)
  }
}

extension PostgresError {
  /// Whether some of the rows may be stored where all of them are not.
  var mayPassForLess: Bool { fault == .data || state?.isEasedByLess == true }
}

/// Where an answer goes.
enum ResultTable: String {
  case results, audits
  var isAudit: Bool { self == .audits }
}

/// The identity of a sample, as Postgres has it.
struct SampleKey: Hashable {
  let task: StoredText
  let id: StoredText

  init(task: String, id: String) { (self.task, self.id) = (StoredText(task), StoredText(id)) }

  init(_ row: ResultRow) { self.init(task: row.task, id: row.id) }

  init(_ row: Row) throws {
    self.init(task: try row["task"], id: try row["id"])
  }
}
