import Foundation
import Logging
import Postgres
@testable import Recorder
import ResultStore
import TestSupport
import Testing
import WorkerRuntime

@Suite struct RetentionTests {
  private func settings(_ keep: String) throws -> RecorderSettings {
    try SettingsSources(json: #"{"recorder": {"keep_answers": "\#(keep)"}}"#)
      .read { RecorderSettings($0.section("recorder")) }.value
  }

  @Test func everythingIsKeptUnlessSettingsSayHowLong() throws {
    #expect(try settings("90d").answersKept == .seconds(90 * 86_400))
    #expect(RecorderSettings().answersKept == nil)
    let error = #expect(throws: SettingsError.self) { try settings("5m") }
    #expect(error?.description.contains("recorder.keep_answers") == true)
  }

  @Test func answersGoOnceTheyAreAsOldAsSettingsKeepThem() async throws {
    let migrated = PostgresTestTemplate("retention") { try await ResultSchema.migrate($0) }
    try await PostgresTestDatabase.with(migrated) { database in
      let store = ResultStore(try Connection(database))
      _ = try await store.write([
        ResultRow(
          task: "t", id: "1", label: "a", confidence: 1, answeredBy: .specific, modelVersion: "v", answeredAt: Date())
      ])
      let retention = Retention(
        keeping: .seconds(86_400), store: ResultStore(try Connection(database)), logger: Logger(label: "test"))
      let count = "SELECT count(*) AS rows FROM results"

      try await retention.deleteExpired(now: Date(timeIntervalSinceNow: 86_000))
      #expect(try await Connection(database).query(count).one()["rows"] == 1)
      try await retention.deleteExpired(now: Date(timeIntervalSinceNow: 87_000))
      #expect(try await Connection(database).query(count).one()["rows"] == 0)
    }
  }
}
