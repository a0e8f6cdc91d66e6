import Content
import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

/// Labels by people, in whatever order they and their answers come.
@Suite struct LabelTests {
  private func label(
    _ id: String, _ label: String, at second: Double = 0, by: String = "anna", task: String = "intents"
  ) -> GoldLabelRow {
    GoldLabelRow(
      task: task, id: id, truth: .label(label), by: by,
      labelledAt: Date(timeIntervalSince1970: 1_700_000_100 + second))
  }

  private func truth(_ id: String, _ store: ResultStore, task: String = "intents") async throws -> String? {
    try await store.answer(task: task, id: id)?.truth?.label
  }

  @Test func aLabelMayComeBeforeItsAnswerOrAfter() async throws {
    try await withStore { store, settings in
      _ = try await store.write([plainRow("after")])
      let said = try await store.write(labels: [label("after", "greeting"), label("before", "goodbye")])
      #expect(said.recorded == 2 && said.matched == 1)
      let connection = try Connection(settings)
      let waiting = try await connection.query("SELECT id FROM labels_without_answer").one()
      #expect(try waiting["id"] == "before")
      _ = try await store.write([plainRow("before"), plainRow("unlabelled")])
      let (after, before) = (
        try #require(try await store.answer(task: "intents", id: "after")),
        try #require(try await store.answer(task: "intents", id: "before"))
      )
      #expect(after.truth == .label("greeting") && after.quality == .right && after.labelledAt != nil)
      #expect(before.truth == .label("goodbye") && before.quality == .wrong && before.labelledAt != nil)
      #expect(try await truth("unlabelled", store) == nil)
      #expect(try await connection.query("SELECT FROM labels_without_answer").isEmpty)
      let summary = try #require(try await connection.summaries().first)
      #expect(summary.accuracy == 0.5 && summary.answers == 3)
    }
  }

  @Test func theLastWordCounts() async throws {
    try await withStore { store, settings in
      _ = try await store.write([fullRow("1")])  // Its producer says greeting.
      _ = try await store.write(labels: [label("1", "goodbye", at: 10)])
      #expect(try await truth("1", store) == "goodbye")
      let late = try await store.write(labels: [label("1", "thanks", at: 5, by: "ben")])
      #expect(late.recorded == 1 && late.matched == 1)
      #expect(try await truth("1", store) == "goodbye")
      let again = try await store.write(labels: [label("1", "goodbye", at: 10), label("1", "goodbye", at: 10)])
      #expect(again.recorded == 0 && again.repeated == 2 && again.matched == 2)
      _ = try await store.write(labels: [label("1", "greeting", at: 11)])
      #expect(try await truth("1", store) == "greeting")
      let words = try await Connection(settings).query("SELECT FROM labels")
      #expect(words.count == 3)
    }
  }

  /// As a label for another task, or captions for a task of labels.
  @Test func aWordAboutSomethingElseChangesNothing() async throws {
    try await withStore { store, _ in
      _ = try await store.write([plainRow("1")])
      let captions = GoldLabelRow(
        task: "intents", id: "1", truth: .captions(["a dog"]), labelledAt: Date(timeIntervalSince1970: 0))
      let said = try await store.write(labels: [captions, label("1", "greeting", task: "other")])
      #expect(said.recorded == 2 && said.matched == 1)
      let row = try await store.answer(task: "intents", id: "1")
      #expect(row?.truth == nil && row?.labelledAt == nil)
    }
  }

  @Test func auditsAreJudgedToo() async throws {
    try await withStore { store, _ in
      let audit = ResultRow(
        task: "intents", id: "1", reply: .label("goodbye"), confidence: 0.9, answeredBy: .large, modelVersion: "l",
        isAudit: true, answeredAt: Date(timeIntervalSince1970: 1_700_000_001))
      _ = try await store.write([plainRow("1")])
      _ = try await store.write(labels: [label("1", "goodbye")])
      _ = try await store.write([audit])
      #expect(try await store.audit(task: "intents", id: "1")?.quality == .right)
      _ = try await store.write(labels: [label("1", "greeting", at: 1)])
      #expect(try await store.audit(task: "intents", id: "1")?.quality == .wrong)
      #expect(try await store.answer(task: "intents", id: "1")?.quality == .right)
    }
  }

  @Test func captionsHaveAQuality() async throws {
    try await withStore { store, settings in
      func row(_ id: String) -> ResultRow {
        ResultRow(
          task: "photos", id: id, reply: .caption("a dog on a bench"), confidence: nil, answeredBy: .large,
          modelVersion: "l", answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
      }
      func said(_ id: String) -> GoldLabelRow {
        GoldLabelRow(
          task: "photos", id: id, truth: .captions(["a dog on a bench"]),
          labelledAt: Date(timeIntervalSince1970: 1_700_000_000))
      }
      _ = try await store.write([row("1")])
      _ = try await store.write(labels: [said("1"), said("2")])
      _ = try await store.write([row("2")])
      let view = try await Connection(settings).query("SELECT mean_quality FROM accuracy_by_task").one()
      #expect(try view["mean_quality"] == 1.0)
    }
  }

  /// Answers and labels in any order, some again: the sums are those of the rows, and no row misses its label.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func sumsStayRight(seed: UInt64) async throws {
    try await withStore { plain, settings in
      var generator = SplitMix64(state: seed)
      // Few categories are told apart, so that some stand under another name.
      let store = seed % 2 == 0 ? plain : ResultStore(try Connection(settings), categoriesPerHour: 1)
      for _ in 0..<5 {
        let rows = (0..<100).map { _ in randomRow("\(Int.random(in: 0..<200, using: &generator))", &generator) }
        _ = try await store.write(rows)
        let labels = (0..<60).map { _ in
          label(
            "\(Int.random(in: 0..<250, using: &generator))", ["a", "b", "c"].randomElement(using: &generator) ?? "a",
            at: Double(Int.random(in: 0..<20, using: &generator)), task: Bool.random(using: &generator) ? "t1" : "t2")
        }
        _ = try await store.write(labels: labels)
      }
      let connection = try Connection(settings)
      if seed % 2 == 0 { #expect(try await connection.query(HourlySumsTests.difference).isEmpty) }
      let sums = try await connection.query(
        "SELECT sum(with_truth)::bigint AS n, sum(correct)::bigint AS right FROM hourly_results"
      ).one()
      let rows = try await connection.query(
        """
        SELECT count(true_label) AS n, count(*) FILTER (WHERE label = true_label) AS right
        FROM (TABLE results UNION ALL TABLE audits) AS all_rows
        """
      ).one()
      for name in ["n", "right"] { #expect(try sums[name] as Int == rows[name] as Int, "\(name)") }
      let missed = try await connection.query(
        """
        SELECT FROM results JOIN last_labels AS said USING (task, id)
        WHERE results.true_label IS DISTINCT FROM said.label OR results.labelled_at IS DISTINCT FROM said.labelled_at
        """)
      #expect(missed.isEmpty)
    }
  }

  /// Two recorders, one with answers and one with labels, at once.
  @Test func nothingIsMissedAtOnce() async throws {
    try await withStore { _, settings in
      let (answers, labels) = (ResultStore(try Connection(settings)), ResultStore(try Connection(settings)))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for start in stride(from: 0, to: 400, by: 20) {
            _ = try await answers.write((start..<start + 20).map { plainRow("\($0)") })
          }
        }
        group.addTask {
          for start in stride(from: 0, to: 400, by: 20) {
            _ = try await labels.write(labels: (start..<start + 20).map { label("\($0)", "greeting") })
          }
        }
        try await group.waitForAll()
      }
      let known = try await Connection(settings).query("SELECT FROM results WHERE true_label = 'greeting'").count
      #expect(known == 400)
    }
  }

  /// An hour whose sums are no longer kept is not made anew.
  @Test func sumsThatAreGoneStayGone() async throws {
    try await withStore { store, settings in
      _ = try await store.write([plainRow("1")])
      _ = try await store.deleteSums(before: Date())
      _ = try await store.write(labels: [label("1", "greeting")])
      #expect(try await truth("1", store) == "greeting")
      #expect(try await Connection(settings).query("SELECT FROM hourly_results").isEmpty)
    }
  }

  @Test func whatTheDatabaseRefusesIsFound() async throws {
    try await withStore { store, settings in
      try await Connection(settings).run(
        script: "ALTER TABLE labels ADD CONSTRAINT house CHECK (label <> 'forbidden')")
      let said = try await store.write(
        labels: (0..<10).map { label("\($0)", $0 == 7 ? "forbidden" : "greeting") })
      #expect(said.recorded == 9 && said.refused.map(\.place) == [7])
      #expect(said.refused.first?.reason.contains("house") == true)
    }
  }
}
