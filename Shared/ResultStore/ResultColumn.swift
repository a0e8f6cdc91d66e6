import Postgres

/// A column of `results` and `audits`: declared once, for COPY and, where it came later than the tables, for the step of
/// the schema that adds it.
struct ResultColumn: Sendable {
  let name: String
  /// The step that adds it, and its type; `nil` where the tables had it from the start.
  let added: (step: Int, type: String)?
  /// Writes what a row has there.
  let append: @Sendable (ResultRow, inout CopyBuffer) -> Void

  /// A column of the tables' first step.
  init(_ name: String, _ append: @escaping @Sendable (ResultRow, inout CopyBuffer) -> Void) {
    (self.name, added, self.append) = (name, nil, append)
  }

  /// A column that a later step adds: null in rows that are older.
  init(
    _ name: String, _ type: String, step: Int, _ append: @escaping @Sendable (ResultRow, inout CopyBuffer) -> Void
  ) {
    (self.name, added, self.append) = (name, (step, type), append)
  }
}

extension ResultColumn {
  /// All that are written.
  static let all = ResultRow.columns + Distribution.columns + Pruning.columns + Usage.columns + SpecificAnswer.columns

  static let names = all.map(\.name)

  /// The steps of the schema that add columns.
  static let steps = Set(all.compactMap { $0.added?.step }).sorted()

  /// The statements that add what came with a step of the schema.
  static func additions(step: Int) -> String {
    all.compactMap { column in
      guard let added = column.added, added.step == step else { return nil }
      return ["results", "audits"].map { "ALTER TABLE \($0) ADD COLUMN \(column.name) \(added.type);" }
        .joined(separator: "\n")
    }.joined(separator: "\n")
  }

  static func buffer(_ rows: some Sequence<ResultRow>) -> CopyBuffer {
    var buffer = CopyBuffer()
    for row in rows { buffer.row { buffer in for column in all { column.append(row, &buffer) } } }
    return buffer
  }
}

extension CopyBuffer {
  /// Writes a value of whatever type, null for `nil`.
  mutating func append<Value>(_ value: Value?, _ write: (inout CopyBuffer, Value) -> Void) {
    if let value { write(&self, value) } else { appendNull() }
  }

  /// An integer column, null for `nil`.
  mutating func append(count: Int?) { append(count) { $0.append(Int32(clamping: $1)) } }
}
