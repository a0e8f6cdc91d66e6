import Foundation
import Logging
import Postgres
import ResultStore
import Settings
import TestSupport
import Testing

@testable import Recorder

@Suite struct RetentionTests {
  private func settings(_ keep: String) throws -> RecorderSettings {
    try SettingsSources(json: #"{"recorder": {"keep_answers": "\#(keep)"}}"#)
      .read { RecorderSettings($0.section("recorder")) }.value
  }

  @Test func everythingIsKeptUnlessSettingsSayHowLong() throws {
    #expect(try settings("90d").kept == KeptRows(answers: .seconds(90 * 86_400)))
    #expect(try settings("90d").kept.isLimited)
    #expect(!RecorderSettings().kept.isLimited)
    let error = #expect(throws: SettingsError.self) { try settings("5m") }
    #expect(error?.description.contains("recorder.keep_answers") == true)
  }

  @Test func answersGoOnceTheyAreAsOldAsSettingsKeepThem() async throws {
    let migrated = PostgresTestTemplate("retention") { try await ResultSchema.migrate($0) }
    try await PostgresTestDatabase.with(migrated) { database in
      let store = ResultStore(try Connection(database))
      _ = try await store.write([
        ResultRow(
          task: "t", id: "1", reply: .label("a"), confidence: 1, answeredBy: .specific, modelVersion: "v",
          answeredAt: Date())
      ])
      let retention = Retention(
        keeping: KeptRows(answers: .seconds(86_400)), store: ResultStore(try Connection(database)),
        logger: Logger(label: "test"))
      let count = "SELECT count(*) AS rows FROM results"

      try await retention.deleteExpired(now: Date(timeIntervalSinceNow: 86_000))
      #expect(try await Connection(database).query(count).one()["rows"] == 1)
      try await retention.deleteExpired(now: Date(timeIntervalSinceNow: 87_000))
      #expect(try await Connection(database).query(count).one()["rows"] == 0)
    }
  }
  /// Sums and rejections have settings of their own.
  @Test(arguments: ["sums", "rejections", "answers"])
  func eachKindGoesByItsOwnSetting(kind: String) async throws {
    let migrated = PostgresTestTemplate("retention") { try await ResultSchema.migrate($0) }
    try await PostgresTestDatabase.with(migrated) { database in
      let (store, connection) = (ResultStore(try Connection(database)), try Connection(database))
      for id in 0..<30 {
        _ = try await store.write([
          ResultRow(
            task: "t", id: "\(id)", reply: .label("a"), confidence: 1, answeredBy: .specific, modelVersion: "v",
            answeredAt: Date())
        ])
        _ = try await store.write(rejections: [
          RejectionRow(topic: "samples", partition: 0, offset: id, reason: "r", payload: nil, rejectedAt: Date())
        ])
      }
      var kept = KeptRows()
      switch kind {
      case "sums": kept.sums = .seconds(86_400)
      case "rejections": kept.rejections = .seconds(86_400)
      default: kept.answers = .seconds(86_400)
      }
      let retention = Retention(keeping: kept, store: store, logger: Logger(label: "test"))
      let count = """
        SELECT (SELECT count(*) FROM results) AS answers, (SELECT count(*) FROM rejections) AS rejections,
          (SELECT count(*) FROM hourly_results) AS sums
        """
      try await retention.deleteExpired(now: Date(timeIntervalSinceNow: 80_000))
      let before = try await connection.query(count).one()
      try await retention.deleteExpired(now: Date(timeIntervalSinceNow: 95_000))
      let after = try await connection.query(count).one()
      for other in ["answers", "sums", "rejections"] {
        #expect(try before[other] as Int >= 1)
        #expect(try (after[other] as Int == 0) == (other == kind))
      }
    }
  }
}
