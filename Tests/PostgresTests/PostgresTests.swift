import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
  @Test func everyTypeComesBackAsItWent() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let moment = Date(timeIntervalSince1970: 1_700_000_000.123456)
      let row = try await connection.query(
        """
        SELECT $1::text AS text, $2::bigint AS bigint, $3::int AS integer, $4::smallint AS smallint,
          $5::float8 AS double, $6::real AS real, $7::bool AS yes, $8::bytea AS bytes, $9::timestamptz AS moment,
          $10::text[] AS texts, $11::bigint[] AS integers, $12::float8[] AS doubles, $13::text AS nothing,
          $14::jsonb AS json, $15::numeric AS numeric
        """,
        [
          "tab\t'quote' \\N 😀", .integer(.min), 7, -3, .double(.pi), 0.5, true, .bytes([0, 255, 10]),
          .timestamp(moment), .texts(["a,b", "{}", "\"q\\", "NULL", ""]), .integers([1, -2]),
          .doubles([.infinity, -0.1]), nil, #"{"a": [1, null]}"#, "-12345678901234567890.5",
        ]
      ).one()
      #expect(try row["text"] == "tab\t'quote' \\N 😀")
      #expect(try row["bigint"] == Int.min)
      #expect(try row["integer"] == 7)
      #expect(try row["smallint"] == -3)
      #expect(try row["double"] == Double.pi)
      #expect(try row["real"] == Float(0.5))
      #expect(try row["yes"] == true)
      #expect(try row["bytes"] == [UInt8]([0, 255, 10]))
      let back: Date = try row["moment"]
      #expect(abs(back.timeIntervalSince(moment)) < 1e-6)
      #expect(try row["texts"] == ["a,b", "{}", "\"q\\", "NULL", ""])
      #expect(try row["integers"] == [1, -2])
      #expect(try row["doubles"] == [Double.infinity, -0.1])
      #expect(try row["nothing"] == String?.none)
      #expect(try row["json"] == #"{"a": [1, null]}"#)
      #expect(try row["numeric"] == -12345678901234567890.5)
    }
  }

  @Test(arguments: [
    ("0", 0.0), ("1", 1), ("10000", 10_000), ("0.0001", 0.0001), ("123456.789", 123456.789), ("-0.5", -0.5),
    ("99990000", 99_990_000), ("NaN", Double.nan),
  ])
  func numericBecomesTheNearestDouble(text: String, expected: Double) async throws {
    try await PostgresTestDatabase.with { settings in
      let row = try await Connection(settings).query("SELECT $1::numeric AS value", [.text(text)]).one()
      let value: Double = try row["value"]
      #expect(value == expected || (value.isNaN && expected.isNaN))
    }
  }

  @Test(arguments: [
    ("1970-01-02", Date(timeIntervalSince1970: 86_400)), ("infinity", .distantFuture), ("-infinity", .distantPast),
    ("5874897-12-31", .distantFuture), ("0001-01-01", Date(timeIntervalSince1970: -62_135_596_800)),
  ])
  func datesReachBeyondMicroseconds(text: String, expected: Date) async throws {
    try await PostgresTestDatabase.with { settings in
      let row = try await Connection(settings).query("SELECT $1::text::date AS value", [.text(text)]).one()
      #expect(try row["value"] == expected)
    }
  }

  @Test func aParameterNeverBecomesStatement() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE kept (text text); INSERT INTO kept VALUES ('x')")
      let attack = "x'); DROP TABLE kept; --"
      try await connection.execute("INSERT INTO kept VALUES ($1)", [.text(attack)])
      let found = try await connection.query("SELECT text FROM kept WHERE text = $1", [.text(attack)])
      #expect(try found.one()["text"] == attack)
      #expect(try await connection.query("SELECT text FROM kept").count == 2)
    }
  }

  @Test func wrongReadsSayColumnAndType() async throws {
    try await PostgresTestDatabase.with { settings in
      let row = try await Connection(settings).query("SELECT 'a'::text AS name, NULL::int AS count").one()
      let messages = [
        #expect(throws: PostgresError.self) { let _: Int = try row["name"] },
        #expect(throws: PostgresError.self) { let _: Int = try row["count"] },
        #expect(throws: PostgresError.self) { let _: Int = try row["Name"] },
      ].map { $0?.message }
      #expect(
        messages == [
          "column name is text, which cannot be read as Int",
          "column count is null, read as Int; read it as an optional", "no column Name; there are name, count",
        ])
    }
  }

  /// Characters that Swift takes for one with the quote, backslash or brace before them, and what Postgres cannot hold.
  static let awkward = [
    "a\"\u{0301}b", "\\\u{0301}", "{\u{0308},\u{0308}}\u{20DD}", "'\u{0301}", "\"\u{200D}\u{FE0F}", "\r\n", "NULL", "",
    " ",
    "e\u{0301}", "é", "\u{1F468}\u{200D}\u{1F469}", "$1\u{0301}", "\u{FFFD}\u{FEFF}", "\u{0301}",
  ]

  @Test func everyTextTravelsByItsBytes() async throws {
    try await PostgresTestDatabase.with { settings in
      let row = try await Connection(settings).query(
        "SELECT $1::text[] AS texts, cardinality($1::text[]) AS count, $2::text AS joined",
        [.texts(Self.awkward), .text(Self.awkward.joined())]
      ).one()
      let (texts, joined): ([String], String) = (try row["texts"], try row["joined"])
      #expect(texts.map { Array($0.utf8) } == Self.awkward.map { Array($0.utf8) })
      #expect(Array(joined.utf8) == Array(Self.awkward.joined().utf8))
      #expect(try row["count"] == Self.awkward.count)
    }
  }

  @Test func identifiersAreQuotedByTheirBytes() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      for name in Self.awkward where !name.isEmpty {
        let row = try await connection.query("SELECT 1 AS \(Session.quoted(name))").one()
        #expect(try row[name] == 1)
      }
    }
  }

  @Test func textWithANullByteIsStoredWithItsReplacement() async throws {
    try await PostgresTestDatabase.with { settings in
      let row = try await Connection(settings).query(
        "SELECT $1::text AS text, $2::text[] AS texts", ["not\0fine", .texts(["\0", "fine"])]
      ).one()
      #expect(try row["text"] == "not\u{FFFD}fine")
      #expect(try row["texts"] == ["\u{FFFD}", "fine"])
    }
  }

  @Test func errorsCarryStateAndConstraintButNoValuesInTheirDescription() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE person (name text CONSTRAINT person_once UNIQUE)")
      try await connection.execute("INSERT INTO person VALUES ($1)", ["secret"])
      let error = await #expect(throws: PostgresError.self) {
        try await connection.execute("INSERT INTO person VALUES ($1)", ["secret"])
      }
      #expect(error?.sqlState == "23505")
      #expect(error?.constraint == "person_once")
      #expect(error?.detail?.contains("secret") == true)
      #expect(error?.description.contains("secret") == false)
      #expect(error?.isRetriable == false)
    }
  }

  @Test func statementTimeoutEndsAStatement() async throws {
    try await PostgresTestDatabase.with { settings in
      var settings = settings
      settings.statementTimeout = .milliseconds(20)
      let connection = try Connection(settings)
      let error = await #expect(throws: PostgresError.self) { _ = try await connection.query("SELECT pg_sleep(60)") }
      #expect(error?.sqlState == "57014")
      #expect(try await connection.query("SELECT 1 AS one").one()["one"] == 1)
    }
  }

  /// Cancelled at any moment, also while the statement is on its way, no backend stays behind.
  @Test func noCancellationLeavesAStatementBehind() async throws {
    try await PostgresTestDatabase.with { settings in
      let observer = try Connection(settings)
      try await observer.run(script: "SELECT pg_advisory_lock(1)")
      var cancelled = settings
      cancelled.applicationName = "cancelled"
      for yields in 0..<20 {
        let connection = try Connection(cancelled)
        let waiting = Task {
          _ = try await connection.query("SELECT 1")
          _ = try await connection.query("SELECT pg_advisory_lock(1)")
        }
        for _ in 0..<(yields * yields) { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await connection.close()
      }
      try await observer.waitUntil(
        """
        SELECT count(*) = 0 AS done FROM pg_stat_activity
        WHERE application_name = 'cancelled' AND datname = current_database()
        """)
    }
  }

  @Test func cancellingTheTaskEndsTheStatementOnTheServer() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let observer = try Connection(settings)
      let pid: Int = try await connection.query("SELECT pg_backend_pid() AS pid").one()["pid"]
      try await observer.run(script: "SELECT pg_advisory_lock(1)")
      // Waits for a lock that is never given up, so only the cancellation can end it.
      let waiting = Task { try await connection.query("SELECT pg_advisory_lock(1)") }
      try await observer.waitUntil(
        """
        SELECT count(*) = 1 AS done FROM pg_locks JOIN pg_database AS d ON d.oid = database
        WHERE NOT granted AND datname = current_database()
        """)
      waiting.cancel()
      await #expect(throws: CancellationError.self) { _ = try await waiting.value }
      try await observer.waitUntil("SELECT count(*) = 0 AS done FROM pg_stat_activity WHERE pid = $1", [.integer(pid)])
      #expect(try await connection.query("SELECT 1 AS one").one()["one"] == 1)
    }
  }
}

extension Connection {
  /// Asks until the column `done` is true; the test's time limit bounds it.
  func waitUntil(_ sql: String, _ parameters: [Parameter] = []) async throws {
    while try await query(sql, parameters).one()["done"] == false { await Task.yield() }
  }
}
