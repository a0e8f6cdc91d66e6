import Postgres

/// A batch of answers as it travels to Postgres, made before its turn to be written: the database works on one batch
/// while the next is encoded.
public struct EncodedResults: Sendable {
  /// The rows of one table.
  struct Part: Sendable {
    let table: ResultTable
    /// What `buffer` holds; read again only where some of it stands in the table already.
    let rows: [ResultRow]
    let buffer: CopyBuffer
    let sums: HourlySums
  }

  /// Rows that cannot be stored; everything else of the batch can.
  public let refused: [RefusedRow]
  /// Without empty ones.
  let parts: [Part]

  /// Encodes rows of both tables.
  public init(_ rows: [ResultRow]) {
    var refused: [RefusedRow] = []
    var accepted: [ResultTable: [ResultRow]] = [:]
    for row in rows {
      if let reason = row.refusal {
        refused.append(RefusedRow(row: row, reason: reason))
      } else {
        accepted[row.isAudit ? .audits : .results, default: []].append(row)
      }
    }
    self.refused = refused
    parts = [ResultTable.results, .audits].compactMap { table in
      accepted[table].map { Part(table: table, rows: $0, buffer: ResultColumns.buffer($0), sums: HourlySums($0)) }
    }
  }
}
