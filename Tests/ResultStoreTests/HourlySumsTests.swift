import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

@Suite struct HourlySumsTests {
  /// The sums that were kept batch by batch, with repeats inside and across batches, equal a count over the answers.
  @Test(arguments: 0..<5 as Range<UInt64>)
  func sumsEqualARecount(seed: UInt64) async throws {
    try await withStore { store, settings in
      var generator = SplitMix64(state: seed)
      for _ in 0..<6 {
        let rows = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in
          randomRow("\(Int.random(in: 0..<400, using: &generator))", &generator)
        }
        _ = try await store.write(rows)
      }
      let differing = try await Connection(settings).query(Self.difference)
      #expect(differing.isEmpty)
      try await #expect(Connection(settings).query("SELECT * FROM hourly_results").count > 10)
    }
  }

  /// A producer that invents categories does not make the sums as large as the answers.
  @Test func categoriesOverTheCapAreSummedAsOther() async throws {
    try await withStore { _, settings in
      let store = ResultStore(try Connection(settings), categoriesPerHour: 3)
      func row(_ id: Int, _ category: String?, hour: Int = 0, task: String = "t") -> ResultRow {
        ResultRow(
          task: task, id: "\(id)", reply: .label("a"), confidence: 1, answeredBy: .specific, modelVersion: "v",
          category: category, answeredAt: Date(timeIntervalSince1970: Double(hour) * 3_600))
      }
      let first = try await store.write((0..<10).map { row($0, "c\($0)") } + [row(10, nil)])
      #expect(first == .init(inserted: 11, summedAsOther: 7))
      // What is known stays known, what is not stays other; another hour and another task have their own.
      let second = try await store.write(
        [row(11, "c0"), row(12, "c9"), row(13, "c9", hour: 1), row(14, "c9", task: "u")])
      #expect(second == .init(inserted: 4, summedAsOther: 1))
      let sums = try await Connection(settings).query(
        "SELECT category, answers FROM hourly_results WHERE task = 't' AND hour = to_timestamp(0) ORDER BY category")
      #expect(try sums.map { try $0["category"] } == ["", "c0", "c1", "c2", "other"])
      #expect(try sums.map { try $0["answers"] } == [1, 2, 1, 1, 8])
    }
  }

  private static let keys = "hour, task, category, answered_by, model_version"
  private static let counted = """
    SELECT date_trunc('hour', answered_at, 'UTC') AS hour, task, coalesce(category, '') AS category, answered_by,
      model_version, count(*) AS answers, count(*) FILTER (WHERE is_degraded) AS degraded,
      count(true_label) AS with_truth, count(*) FILTER (WHERE label = true_label) AS correct,
      count(*) FILTER (WHERE specific_label IS NOT NULL AND true_label IS NOT NULL) AS specific_with_truth,
      count(*) FILTER (WHERE specific_label = true_label) AS specific_correct,
      count(*) FILTER (WHERE specific_label = label) AS specific_agrees,
      count(*) - count(specific_label) AS without_specific,
      round(coalesce(sum(confidence::float8), 0)::numeric, 6) AS confidence,
      count(*) - count(confidence) AS without_confidence, coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
      coalesce(sum(completion_tokens), 0) AS completion_tokens, round(coalesce(sum(cost), 0)::numeric, 6) AS cost,
      count(produced_at) AS timed,
      round(coalesce(sum(extract(epoch FROM answered_at - produced_at)), 0)::numeric, 3) AS seconds
    """
  private static let kept = """
    SELECT \(keys), answers, degraded, with_truth, correct, specific_with_truth, specific_correct, specific_agrees,
      without_specific, round(confidence::numeric, 6), without_confidence, prompt_tokens, completion_tokens, round(cost::numeric, 6), timed,
      round(seconds::numeric, 3)
    FROM hourly_results
    """
  static let difference = """
    WITH recount AS (\(counted) FROM results GROUP BY 1, 2, 3, 4, 5
      UNION ALL \(counted.replacing("category, answered_by,", with: "category, 'audit',")) FROM audits
      GROUP BY 1, 2, 3, 4, 5)
    (TABLE recount EXCEPT ALL \(kept)) UNION ALL (\(kept) EXCEPT ALL TABLE recount)
    """
}

@Suite struct ViewsTests {
  @Test func figuresOfASmallStream() async throws {
    try await withStore { store, settings in
      let connection = try Connection(settings)
      var rows = [fullRow("1")]  // large, right; the specific model was wrong
      for (id, truth) in [("2", "greeting"), ("3", "greeting"), ("4", "goodbye")] {
        rows.append(
          ResultRow(
            task: "intents", id: id, reply: .label("greeting"), confidence: 0.95, answeredBy: .specific,
            modelVersion: "s1",
            specific: SpecificAnswer(label: "greeting", confidence: 0.95), category: "mail", truth: .label(truth),
            answeredAt: Date(timeIntervalSince1970: 1_700_000_002)))
      }
      _ = try await store.write(rows)
      let summary = try #require(try await connection.summaries().first)
      #expect(
        summary
          == TaskSummary(
            task: "intents", answers: 4, queryShare: 0.25, accuracy: 0.75, specificAccuracy: 0.5))
      #expect(try await store.sums(task: "intents").mapValues(\.answers) == ["specific": 3, "large": 1])
      let hour = try await connection.query("SELECT * FROM accuracy_by_hour").one()
      #expect(try hour["hour"] == Date(timeIntervalSince1970: 1_699_999_200))
      let mail = try await connection.query("SELECT * FROM accuracy_by_category WHERE category = 'mail'").one()
      #expect(try mail["accuracy"] == 2.0 / 3)
      let savings = try await connection.query("SELECT * FROM savings_by_day").one()
      #expect(try savings["saved"] == 0.000_75)
      let throughput = try await connection.query("SELECT * FROM throughput_by_hour").one()
      #expect(try throughput["mean_seconds"] == 2.5)
      let latest = try await connection.query("SELECT id FROM latest_results").map { try $0["id"] as String }
      #expect(latest == ["4", "3", "2", "1"])
    }
  }

  /// Before a task has a small model there is nothing that could agree.
  @Test func agreementLooksOnlyAtWhatTheSpecificModelSaid() async throws {
    try await withStore { store, settings in
      let agreement = "SELECT agreement FROM agreement_by_day"
      _ = try await store.write([plainRow("1", answeredBy: .large), plainRow("2", answeredBy: .large)])
      let connection = try Connection(settings)
      #expect(try await connection.query(agreement).one()["agreement"] == Double?.none)
      _ = try await store.write([fullRow("3"), fullRow("4")])
      #expect(try await connection.query(agreement + " WHERE answers = 4").one()["agreement"] == 0.0)
    }
  }

  /// A fair draw of the stream: what no small model stood before, with confidence or without.
  @Test func unfilteredAnswersAreThoseOfTheLargeModelAlone() async throws {
    try await withStore { store, _ in
      func row(_ id: String, _ confidence: Float?, text: String?) -> ResultRow {
        ResultRow(
          task: "intents", id: id, reply: .label("greeting"), confidence: confidence, answeredBy: .large,
          modelVersion: "v1", text: text, answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
      }
      let unfiltered = [row("sure", 0.5, text: "x"), row("unsure", nil, text: "y")]
      _ = try await store.write(unfiltered + [row("no text", 0.5, text: nil), fullRow("hard"), plainRow("easy")])
      let newest = try await store.newestUnfiltered(task: "intents", limit: 9)
      #expect(newest.answers.map(\.id) == ["sure", "unsure"])
      try await #expect(store.unfilteredCount(task: "intents", after: AnswerCursor()) == 2)
      try await #expect(store.unfilteredCount(task: "intents", after: newest.cursor) == 0)
    }
  }

  /// Of three answers one has a confidence: it alone is the mean, and none is no mean.
  @Test func anAnswerWithoutConfidenceIsUnknownToTheViews() async throws {
    try await withStore { store, settings in
      let rows = [("1", Float?.some(0.5), "v1"), ("2", nil, "v1"), ("3", nil, "v2")].map { id, confidence, version in
        ResultRow(
          task: "intents", id: id, reply: .label("greeting"), confidence: confidence, answeredBy: .large,
          modelVersion: version, text: "x", answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
      }
      _ = try await store.write(rows)
      for row in rows { try await #expect(store.answer(task: "intents", id: row.id) == row) }
      let connection = try Connection(settings)
      for view in ["accuracy_by_task", "accuracy_by_hour", "accuracy_by_category"] {
        let row = try await connection.query("SELECT * FROM \(view)").one()
        #expect(try row["mean_confidence"] == 0.5 && row["answers"] == 3)
      }
      let means = try await connection.query(
        "SELECT mean_confidence FROM accuracy_by_answerer ORDER BY model_version"
      ).map { try $0["mean_confidence"] as Double? }
      #expect(means == [0.5, nil])
      try await #expect(store.teachingCount(task: "intents", after: AnswerCursor()) == 1)
      try await #expect(store.newestTeaching(task: "intents", limit: 9).answers.map(\.id) == ["1"])
    }
  }

  @Test func theAnalystReadsAndDoesNotWrite() async throws {
    try await withStore { store, settings in
      _ = try await store.write([plainRow("1")])
      let connection = try Connection(settings)
      let mayCreate: Bool = try await connection.query(
        "SELECT rolsuper OR rolcreaterole AS may FROM pg_roles WHERE rolname = current_user"
      ).one()["may"]
      try #require(mayCreate, "only who may create roles can take the analyst's")
      try await connection.withSession { session in
        try session.run(script: "SET ROLE analyst")
        #expect(try session.query("SELECT * FROM latest_results").count == 1)
        #expect(try session.query("SELECT * FROM accuracy_by_hour").count == 1)
        let error = #expect(throws: PostgresError.self) { try session.execute("DELETE FROM results") }
        #expect(error?.sqlState == "42501")
      }
    }
  }
}
