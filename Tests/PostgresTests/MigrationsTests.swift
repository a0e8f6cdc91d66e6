import Logging
import Postgres
import TestSupport
import Testing

@Suite struct MigrationsTests {
  private static let first = Migration(1, "counter", "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
  private static let second = Migration(2, "once", "UPDATE counter SET n = n + 1")

  @Test func tenAtOnceApplyEachStepOnce() async throws {
    try await PostgresTestDatabase.with { settings in
      let migrations = try Migrations("test", [Self.first, Self.second])
      let applied = try await withThrowingTaskGroup { group in
        for _ in 0..<10 {
          group.addTask { try await migrations.apply(to: Connection(settings)).count }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(applied.sorted() == [0, 0, 0, 0, 0, 0, 0, 0, 0, 2])
      let connection = try Connection(settings)
      #expect(try await connection.query("SELECT n FROM counter").one()["n"] == 1)
      #expect(try await connection.query("SELECT * FROM schema_migrations").count == 2)
    }
  }

  @Test func aLaterStepIsAddedAndAnotherComponentStandsBeside() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await Migrations("test", [Self.first]).apply(to: connection)
      #expect(try await Migrations("test", [Self.first, Self.second]).apply(to: connection) == [Self.second])
      // An older program finds a newer schema and leaves it.
      #expect(try await Migrations("test", [Self.first]).apply(to: connection).isEmpty)
      let other = try Migrations("other", [Migration(1, "other", "CREATE TABLE other (n int)")])
      #expect(try await other.apply(to: connection).count == 1)
    }
  }

  /// A worker that may only read and write data says what is missing; it does not make it.
  @Test func whoOnlyLooksSaysWhatIsMissing() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let (one, both) = (try Migrations("test", [Self.first]), try Migrations("test", [Self.first, Self.second]))
      func problem(_ migrations: Migrations) async throws -> String? {
        do { try await migrations.check(connection, logger: Logger(label: "test")) } catch let error as PostgresError {
          return error.description
        }
        return nil
      }
      let nothing = try await problem(one)
      #expect(nothing?.contains("at step 0, this program needs step 1") == true)
      #expect(nothing?.contains("Run 'shunt init'") == true)
      try await one.apply(to: connection)
      #expect(try await problem(one) == nil)
      #expect(try await problem(both)?.contains("at step 1, this program needs step 2") == true)
      try await both.apply(to: connection)
      // A newer schema is borne: tables are migrated before the workers are replaced.
      #expect(try await problem(one) == nil)
    }
  }

  @Test func anEditedStepIsRefused() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await Migrations("test", [Self.first]).apply(to: connection)
      let edited = try Migrations("test", [Migration(1, "counter", "CREATE TABLE counter (n bigint)")])
      let error = await #expect(throws: PostgresError.self) { try await edited.apply(to: connection) }
      #expect(error?.message.contains("migration 1 (counter) of test") == true)
    }
  }

  @Test func aFailingStepLeavesNothing() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let broken = try Migrations(
        "test", [Self.first, Migration(2, "broken", "CREATE TABLE half (n int); SELECT 1/0")])
      let error = await #expect(throws: PostgresError.self) { try await broken.apply(to: connection) }
      #expect(error?.sqlState == "22012")
      #expect(
        try await connection.query(
          "SELECT to_regclass('counter') IS NULL AND to_regclass('schema_migrations') IS NULL AS gone"
        ).one()["gone"] == true)
    }
  }

  @Test func gapsAreRefused() {
    #expect(throws: PostgresError.self) { _ = try Migrations("test", [Self.second]) }
  }
}
