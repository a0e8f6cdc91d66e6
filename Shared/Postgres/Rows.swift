import CLibpq

/// What a query returned: a collection of rows, read by column name.
public struct Rows: Sendable, RandomAccessCollection {
  private let result: QueryResult

  init(_ result: QueryResult) { self.result = result }

  /// The first row.
  public var startIndex: Int { 0 }
  /// One past the last row.
  public var endIndex: Int { Int(PQntuples(result.handle)) }
  /// The row at a position.
  public subscript(position: Int) -> Row { Row(result: result, index: Int32(position)) }

  /// Rows that an `insert`, `update` or `delete` touched; the rows' count for a query.
  public var affected: Int { result.affected }

  /// The command's tag, `INSERT 0 3`.
  var command: String { result.command }

  /// The only row.
  /// - Throws: `PostgresError` of kind `decoding` where there are more or none.
  public func one() throws -> Row {
    guard count == 1 else { throw PostgresError(.decoding, "expected one row, got \(count)") }
    return self[0]
  }
}

/// One row; `let name: String = try row["name"]`.
public struct Row: Sendable {
  fileprivate let result: QueryResult
  fileprivate let index: Int32

  /// The value of a column, `nil` for null where an optional is asked for.
  /// - Throws: `PostgresError` of kind `decoding` for an unknown column, another type, or an unexpected null.
  public subscript<Value: ColumnValue>(name: String) -> Value {
    get throws {
      let column = try result.column(name)
      let type = PQftype(result.handle, column)
      if PQgetisnull(result.handle, index, column) != 0 {
        guard let null = Value.null else {
          throw PostgresError(.decoding, "column \(name) is null, read as \(Value.self); read it as an optional")
        }
        return null
      }
      guard let value = Value(cell: result.cell(row: index, column: column)) else {
        let found = ColumnType.names[type] ?? "of the type with oid \(type)"
        throw PostgresError(.decoding, "column \(name) is \(found), which cannot be read as \(Value.self)")
      }
      return value
    }
  }
}

/// Owns a `PGresult` and frees it.
final class QueryResult: @unchecked Sendable {  // libpq never changes a result once it has been handed out.
  let handle: OpaquePointer

  /// Takes the result over.
  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { PQclear(handle) }

  var status: ExecStatusType { PQresultStatus(handle) }

  /// For example `INSERT 0 3`.
  var command: String { String(cString: PQcmdStatus(handle)) }

  var affected: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

  func column(_ name: String) throws -> Int32 {
    // Quoted, or libpq folds it to lower case.
    let column = PQfnumber(handle, Session.quoted(name))
    guard column >= 0 else {
      let known = (0..<PQnfields(handle)).map { String(cString: PQfname(handle, $0)) }
      throw PostgresError(.decoding, "no column \(name); there are \(known.joined(separator: ", "))")
    }
    return column
  }

  /// The bytes belong to this result.
  func cell(row: Int32, column: Int32) -> Cell {
    let length = Int(PQgetlength(handle, row, column))
    return Cell(
      bytes: UnsafeRawBufferPointer(start: PQgetvalue(handle, row, column), count: length),
      type: PQftype(handle, column))
  }

  /// The server's error, field by field.
  func error(isConnectionBroken: Bool) -> PostgresError {
    let sqlState = field(.sqlState)
    let whole = PQresultErrorMessage(handle).map { String(cString: $0) } ?? ""
    let message = field(.message) ?? Session.firstLine(whole)
    return PostgresError(
      isConnectionBroken ? .connection : .server, message.isEmpty ? "the server gave no reason" : message,
      sqlState: sqlState, detail: field(.detail), hint: field(.hint),
      constraint: field(.constraint))
  }

  private func field(_ field: ResultField) -> String? { field.text(of: handle) }
}
