import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct CopyTests {
  private static let table = """
    CREATE TABLE t (
      id bigint, text text, n integer, small smallint, double double precision, real real, yes boolean,
      moment timestamptz, bytes bytea, json jsonb, reals real[], texts text[], nothing text)
    """
  private static let columns = [
    "id", "text", "n", "small", "double", "real", "yes", "moment", "bytes", "json", "reals", "texts", "nothing",
  ]

  static let awkward = [
    "", "plain", "tab\tnew\nline\r\\", "\\N", "\\.", "quote'\"", "😀 é e\u{301}", "\u{FEFF}bom", "\u{1}\u{7F}",
    String(repeating: "long ", count: 50_000),
  ]

  @Test func everyTypeAndAwkwardTextComesBack() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: Self.table)
      let moment = Date(timeIntervalSince1970: 1_700_000_000.5)
      var buffer = CopyBuffer()
      for (id, text) in Self.awkward.enumerated() {
        buffer.row { row in
          row.append(Int64(id))
          row.append(text)
          row.append(Int32.min)
          row.append(Int16(-7))
          row.append(Double.pi)
          row.append(Float.infinity)
          row.append(id % 2 == 0)
          row.append(moment)
          row.append(bytes: [0, 1, 255])
          row.append(json: #"{"k": "v"}"#)
          row.append([Float](repeating: 0.25, count: id))
          row.append([text, ""])
          row.appendNull()
        }
      }
      let sent = buffer
      #expect(
        try await connection.transaction { try $0.copy(into: "t", columns: Self.columns, from: sent) }
          == Self.awkward.count)
      for (row, (id, text)) in zip(
        try await connection.query("SELECT * FROM t ORDER BY id"), Self.awkward.enumerated())
      {
        #expect(try row["text"] == text)
        #expect(try row["n"] == Int(Int32.min))
        #expect(try row["small"] == -7)
        #expect(try row["double"] == Double.pi)
        #expect(try row["real"] == Float.infinity)
        #expect(try row["yes"] == (id % 2 == 0))
        #expect(try row["moment"] == moment)
        #expect(try row["bytes"] == [UInt8]([0, 1, 255]))
        #expect(try row["json"] == #"{"k": "v"}"#)
        #expect(try row["reals"] == [Float](repeating: 0.25, count: id))
        #expect(try row["texts"] == [text, ""])
        #expect(try row["nothing"] == String?.none)
      }
    }
  }

  @Test func nullBytesBecomeReplacementCharactersAndAreCounted() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE t (a text, b text[])")
      var buffer = CopyBuffer()
      buffer.row {
        $0.append("\0a\0")
        $0.append(["b\0"])
      }
      #expect(buffer.replacedNulls == 3)
      let sent = buffer
      try await connection.transaction { try $0.copy(into: "t", columns: ["a", "b"], from: sent) }
      let row = try await connection.query("SELECT * FROM t").one()
      #expect(try row["a"] == "\u{FFFD}a\u{FFFD}")
      #expect(try row["b"] == ["b\u{FFFD}"])
      buffer.removeAll()
      #expect(buffer.replacedNulls == 0)
    }
  }

  @Test(
    arguments: [
      ([0x61, 0xFF], 1), ([0xC3], 0), ([0xED, 0xA0, 0x80], 0), ([0xC0, 0x80], 0), ([0x61, 0x62, 0xF0, 0x9F, 0x98], 2),
    ] as [([UInt8], Int)])
  func invalidUTF8NamesItsPlaceAndLeavesNothing(bytes: [UInt8], offset: Int) async throws {
    var buffer = CopyBuffer()
    buffer.row { $0.append("kept") }
    let before = buffer.byteCount
    let error = #expect(throws: PostgresError.self) {
      try buffer.row {
        $0.append("half a row\0")
        try $0.append(utf8: bytes)
      }
    }
    #expect(error?.message == "text is not UTF-8 at byte \(offset)")
    #expect(buffer.byteCount == before)
    #expect(buffer.rowCount == 1)
    #expect(buffer.replacedNulls == 0)
  }

  @Test func aRowOfTheWrongWidthIsRefusedAndTheConnectionGoesOn() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE t (a text, b text)")
      var buffer = CopyBuffer()
      buffer.row { $0.append("alone") }
      let sent = buffer
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { try $0.copy(into: "t", columns: ["a", "b"], from: sent) }
      }
      #expect(error?.sqlState == "22P04")
      let unknown = await #expect(throws: PostgresError.self) {
        try await connection.transaction { try $0.copy(into: "missing", columns: ["a"], from: sent) }
      }
      #expect(unknown?.sqlState == "42P01")
      #expect(try await connection.query("SELECT * FROM t").isEmpty)
    }
  }

  @Test func copyAsAQueryIsRefused() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE t (a text)")
      let error = await #expect(throws: PostgresError.self) { _ = try await connection.query("COPY t FROM STDIN") }
      #expect(error?.kind == .usage)
      #expect(try await connection.query("SELECT * FROM t").isEmpty)
    }
  }
}
