import Postgres
import TestSupport
import Testing

@Suite struct SettingsTests {
  @Test(arguments: [
    "postgresql://me:hunter2@db.example:5433/shunt?sslmode=require",
    "host=db.example port=5433 user=me password=hunter2 dbname=shunt",
  ])
  func theDescriptionStrikesThePasswordOut(text: String) throws {
    let description = try PostgresSettings(text).description
    #expect(!description.contains("hunter2"))
    #expect(description.contains("password=***"))
    #expect(description.contains("host=db.example"))
  }

  @Test func databaseURLIsTakenFromTheEnvironment() throws {
    let settings = try PostgresSettings(environment: ["DATABASE_URL": "postgresql://a/b"], applicationName: "router")
    #expect(settings.connectionString == "postgresql://a/b")
    #expect(settings.applicationName == "router")
    #expect(try PostgresSettings(environment: [:]).connectionString.isEmpty)
  }

  @Test(arguments: [
    "host=a password='hunter2", "postgres//me:hunter2@db/shunt", "postgres:/me:hunter2@db/shunt",
    "me:hunter2@db/shunt", "mysql://me:hunter2@db/shunt?sslmode=require", "postgresql://me:x@hunter2@db/shunt",
    "postgresql://me:hunter2/x@db/shunt", "[\"postgres://me:hunter2@db/shunt\"]",
    "postgres://me:hunter2@db/shunt,postgres://me:hunter2@db2/shunt", "postgresql://me:12hunter2/x@db/shunt",
  ])
  func aMistypedStringIsRefusedWithoutQuotingIt(text: String) {
    let error = #expect(throws: PostgresError.self) { _ = try PostgresSettings(text) }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.description.contains("postgresql://user:password@host") == true)
  }

  @Test func databaseReplacesTheNameAndQuotesWhatNeedsIt() throws {
    let settings = try PostgresSettings("postgresql://me:it's%20%5Cme@db/one").database("two words")
    #expect(settings.connectionString.contains("dbname='two words'"))
    #expect(settings.connectionString.contains(#"password='it\'s \\me'"#))
    #expect(!settings.connectionString.contains("one"))
  }

  @Test func theApplicationNameReachesTheServer() async throws {
    try await PostgresTestDatabase.with { settings in
      var settings = settings
      settings.applicationName = "recorder"
      let row = try await Connection(settings).query("SELECT current_setting('application_name') AS name").one()
      #expect(try row["name"] == "recorder")
    }
  }

  @Test func aMissingDatabaseIsNotRetriableButAMissingServerIs() async throws {
    try await PostgresTestDatabase.with { settings in
      let missing = try Connection(settings.database("no_such_database"))
      let error = await #expect(throws: PostgresError.self) { _ = try await missing.query("SELECT 1") }
      #expect(error?.sqlState == "3D000")
      #expect(error?.fault == .program)
    }
    let nowhere = try Connection(PostgresSettings("host=/nowhere"))
    let error = await #expect(throws: PostgresError.self) { _ = try await nowhere.query("SELECT 1") }
    #expect(error?.kind == .connection)
    #expect(error?.isRetriable == true)
    #expect(error?.hint?.contains("DATABASE_URL") == true)
  }
}
