import Postgres

/// A batch of answers as it travels to Postgres, made before its turn to be written: the database works on one batch
/// while the next is encoded.
public struct EncodedResults: Sendable {
  /// The rows of one table.
  struct Part: Sendable {
    let table: ResultTable
    /// What `buffer` holds; read again only where some of it stands in the table already, or is refused.
    let rows: [ResultRow]
    /// Where each row stood in the batch.
    let places: [Int]
    let buffer: CopyBuffer
    let sums: HourlySums

    init(_ table: ResultTable, _ rows: [ResultRow], places: [Int]) {
      (self.table, self.rows, self.places) = (table, rows, places)
      buffer = ResultColumn.buffer(rows)
      sums = HourlySums(rows)
    }

    /// The part in two; for parts of two rows or more.
    var halves: [Part] {
      let middle = rows.count / 2
      return [0..<middle, middle..<rows.count].map { Part(table, Array(rows[$0]), places: Array(places[$0])) }
    }
  }

  /// Rows that cannot be stored; everything else of the batch can.
  public let refused: [RefusedRow]
  /// Without empty ones.
  let parts: [Part]

  /// Encodes rows of both tables.
  public init(_ rows: [ResultRow]) {
    var refused: [RefusedRow] = []
    var accepted: [ResultTable: [Int]] = [:]
    for (place, row) in rows.enumerated() {
      if let reason = row.refusal {
        refused.append(RefusedRow(row: row, place: place, reason: reason))
      } else {
        accepted[row.isAudit ? .audits : .results, default: []].append(place)
      }
    }
    self.refused = refused
    parts = [ResultTable.results, .audits].compactMap { table in
      accepted[table].map { places in Part(table, places.map { rows[$0] }, places: places) }
    }
  }
}
