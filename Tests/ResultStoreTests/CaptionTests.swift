import Content
import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

@Suite struct CaptionTests {
  private func row(_ id: String, _ reply: Reply, truth: Truth? = nil) -> ResultRow {
    ResultRow(
      task: "photographs", id: id, reply: reply, confidence: 0.5, answeredBy: .large, modelVersion: "v",
      text: "seen from afar", image: .url("https://example.org/a.png", mediaType: nil), truth: truth,
      answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
  }

  /// Labels are right or wrong, captions anything between; the mean is over both, the accuracy over labels alone.
  @Test func captionsComeBackAndAreAveraged() async throws {
    try await withStore { store, settings in
      let captions = Truth.captions(["a dog\0", "two dogs"])
      let rows = [
        row("1", .caption("a cat\0"), truth: captions), row("2", .caption("a dog")),
        row("3", .label("dog"), truth: .label("dog")), row("4", .label("dog"), truth: .label("cat")),
      ]
      try await #expect(store.write(rows) == .init(inserted: 4))
      for row in rows { try await #expect(store.answer(task: row.task, id: row.id) == row) }
      #expect(rows[0].reply == .caption("a cat\u{FFFD}") && rows[0].hasReplacedNulls)
      let quality = try #require(rows[0].quality?.value)
      #expect(0 < quality && quality < 1)
      let connection = try Connection(settings)
      for view in ["accuracy_by_task", "accuracy_by_hour", "accuracy_by_category", "accuracy_by_answerer"] {
        let figures = try await connection.query("SELECT * FROM \(view)").one()
        #expect(try figures["accuracy"] == 0.5 && figures["with_truth"] == 2)
        #expect(abs(try figures["mean_quality"] as Double - (Double(quality) + 1) / 3) < 1e-6)
      }
      let latest = try await connection.query("SELECT id, reply, label, quality FROM latest_results ORDER BY id")
      #expect(try latest.map { try $0["reply"] } == ["a cat\u{FFFD}", "a dog", "dog", "dog"])
      #expect(try latest.map { try $0["label"] as String? } == [nil, nil, "dog", "dog"])
      #expect(try latest.map { try $0["quality"] as Float? } == [quality, nil, 1, 0])
      // A task's replies are of one kind, and either teaches.
      try await #expect(store.teachingCount(task: "photographs", after: AnswerCursor()) == 4)
    }
  }

  /// What the small model alone would have come to is a column, for no SQL can score a caption.
  @Test func theSpecificModelsCaptionIsKeptAndScored() async throws {
    try await withStore { store, settings in
      let rows = ["a dog on a bench", "a dog on a bench", "a cat"].enumerated().map { place, said in
        ResultRow(
          task: "photographs", id: "\(place)", reply: .caption("a dog on a bench"), confidence: 0.5, answeredBy: .large,
          modelVersion: "v", isAudit: place == 1, specific: SpecificAnswer(.caption(said), confidence: 0.25),
          truth: .captions(["a dog on a bench", "a brown dog"]), answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
      }
      try await #expect(store.write(rows) == .init(inserted: 3))
      try await #expect(store.answer(task: "photographs", id: "0") == rows[0])
      let connection = try Connection(settings)
      let kept = try await connection.query(
        "SELECT specific_caption, specific_label, specific_quality FROM results ORDER BY id")
      #expect(try kept.map { try $0["specific_caption"] } == ["a dog on a bench", "a cat"])
      #expect(try kept.map { try $0["specific_label"] as String? } == [nil, nil])
      let qualities = try kept.map { try $0["specific_quality"] as Float }
      #expect(qualities[0] == 1 && qualities[1] > 0 && qualities[1] < 0.5)
      for view in ["accuracy_by_task", "accuracy_by_hour", "accuracy_by_category", "accuracy_by_answerer"] {
        let figures = try await connection.query("SELECT * FROM \(view)").one()
        #expect(abs(try figures["specific_mean_quality"] as Double - Double(qualities[0] + qualities[1]) / 2) < 1e-6)
        #expect(try figures["mean_quality"] == 1.0 && figures["captions_with_truth"] == 2)
      }
      let days = try await connection.query("SELECT is_audit, agreement FROM agreement_by_day ORDER BY is_audit")
      #expect(try days.map { try $0["is_audit"] } == [false, true])
      #expect(try days[1]["agreement"] == 1.0)
      let agreement: Double = try days[0]["agreement"]
      #expect(agreement > 0.5 && agreement < 0.75)
    }
  }

  /// Tables as they stood before captions, with answers in them, and a recorder that knows none of it after the step.
  @Test func tablesFromBeforeAreBroughtAlong() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let steps = try ResultSchema.migrations().steps
      try await Migrations("result_store", Array(steps.prefix(5))).apply(to: connection)
      func insert(_ id: String) async throws {
        try await connection.execute(
          """
          INSERT INTO results (task, id, label, confidence, answered_by, model_version, is_degraded, true_label,
            answered_at, has_replaced_nulls) VALUES ('t', $1, 'a', 1, 'specific', 'v', false, 'a', now(), false)
          """, [.text(id)])
        try await connection.execute(
          """
          INSERT INTO hourly_results (hour, task, category, answered_by, model_version, answers, degraded, with_truth,
            correct, specific_with_truth, specific_correct, specific_agrees, confidence, without_confidence,
            prompt_tokens, completion_tokens, cost, timed, seconds)
          VALUES (now(), 't', $1, 'specific', 'v', 1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
          """, [.text(id)])
      }
      try await insert("before")
      try await #expect(ResultSchema.migrate(connection).map(\.number) == steps.dropFirst(5).map(\.number))
      try await insert("after")
      let store = ResultStore(connection)
      for id in ["before", "after"] {
        let row = try #require(try await store.answer(task: "t", id: id))
        #expect(row.reply == .label("a") && row.truth == .label("a") && row.quality == .right && row.image == nil)
      }
      let figures = try await connection.query("SELECT * FROM accuracy_by_task").one()
      #expect(try figures["accuracy"] == 1.0 && figures["mean_quality"] == 1.0)
      let latest = try await connection.query("SELECT quality FROM latest_results")
      #expect(try latest.map { try $0["quality"] as Float } == [1, 1])
    }
  }

  /// What a row has and what the tables have is declared in one place.
  @Test func theTablesHaveTheColumnsThatAreWritten() async throws {
    try await withStore { _, settings in
      for table in ["results", "audits"] {
        let rows = try await Connection(settings).query(
          "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = $1", [.text(table)])
        let own: Set = ["sequence", "transaction_id", "recorded_at"]
        #expect(try Set(rows.map { try $0["name"] as String }).subtracting(own) == Set(ResultColumn.names))
      }
    }
  }

  @Test func aRejectionKeepsItsFormat() async throws {
    try await withStore { store, _ in
      let row = RejectionRow(
        topic: "samples", partition: 0, offset: 1, reason: "r", payload: [1], format: "2",
        rejectedAt: Date(timeIntervalSince1970: 0))
      try await #expect(store.write(rejections: [row]) == 1)
      try await #expect(store.openRejections().map(\.row) == [row])
    }
  }
}
