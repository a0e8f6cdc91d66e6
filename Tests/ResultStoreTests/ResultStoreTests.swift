import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

@Suite struct WritingTests {
  @Test func aFullAndAPlainRowComeBackAsTheyWent() async throws {
    try await withStore { store, _ in
      let rows = [fullRow("full"), plainRow("plain"), plainRow("tab\t\\N\nquote'😀")]
      try await #expect(store.write(rows) == .init(inserted: 3))
      for row in rows { try await #expect(store.answer(task: row.task, id: row.id) == row) }
      try await #expect(store.answer(task: "intents", id: "missing") == nil)
    }
  }

  @Test func nullBytesBecomeReplacementCharactersAndAreMarked() async throws {
    try await withStore { store, _ in
      let row = ResultRow(
        task: "intents", id: "a\0b", reply: .label("greeting"), confidence: 1, answeredBy: .specific,
        modelVersion: "v1",
        text: "\0text", category: "c\0", answeredAt: Date(timeIntervalSince1970: 0))
      #expect(row.hasReplacedNulls)
      try await #expect(store.write([row, row]) == .init(inserted: 1, repeated: 1))
      let stored = try #require(try await store.answer(task: "intents", id: "a\u{FFFD}b"))
      #expect(stored == row)
      #expect(stored.text == "\u{FFFD}text")
    }
  }

  @Test func theSameBatchTwiceIsStoredOnce() async throws {
    try await withStore { store, settings in
      let rows = (0..<500).map { plainRow("\($0)") }
      try await #expect(store.write(rows) == .init(inserted: 500))
      try await #expect(store.write(rows) == .init(repeated: 500))
      let connection = try Connection(settings)
      try await #expect(connection.query("SELECT count(*) AS n FROM results").one()["n"] == 500)
      try await #expect(connection.query("SELECT answers FROM accuracy_by_task").one()["answers"] == 500)
    }
  }

  @Test func withinOneBatchTheFirstStays() async throws {
    try await withStore { store, _ in
      let first = plainRow("1", answeredBy: .specific)
      try await #expect(
        store.write([first, plainRow("2"), plainRow("1", answeredBy: .learnable)])
          == .init(inserted: 2, repeated: 1))
      try await #expect(store.answer(task: "intents", id: "1") == first)
    }
  }

  @Test func twoRecordersWithOverlappingBatchesStoreEachSampleOnce() async throws {
    try await withStore { _, settings in
      let written = try await withThrowingTaskGroup { group in
        for seed in 0..<4 {
          group.addTask {
            let store = ResultStore(try Connection(settings))
            var generator = SplitMix64(state: UInt64(seed))
            var inserted = 0
            for batch in 0..<5 {
              let rows = (0..<200).map { plainRow("\(batch)-\($0)") }.shuffled(using: &generator)
              inserted += try await store.write(rows).inserted
            }
            return inserted
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(written == 1_000)
      let connection = try Connection(settings)
      try await #expect(connection.query("SELECT count(*) AS n FROM results").one()["n"] == 1_000)
      try await #expect(connection.query("SELECT answers FROM accuracy_by_task").one()["answers"] == 1_000)
    }
  }

  @Test func anAuditStandsBesideTheAnswer() async throws {
    try await withStore { store, settings in
      let answer = plainRow("1")
      let audit = ResultRow(
        task: "intents", id: "1", reply: .label("goodbye"), confidence: 0.9, answeredBy: .large,
        modelVersion: "minilm-1",
        isAudit: true, usage: Usage(promptTokens: 9, completionTokens: 1, cost: 0.5),
        specific: SpecificAnswer(label: "greeting", confidence: 0.5), answeredAt: answer.answeredAt)
      try await #expect(store.write([audit, answer]) == .init(inserted: 2))
      try await #expect(store.write([audit]) == .init(repeated: 1))
      try await #expect(store.answer(task: "intents", id: "1") == answer)
      try await #expect(store.audit(task: "intents", id: "1") == audit)
      try await #expect(Connection(settings).summaries().map(\.queryShare) == [0])
      let cost = try await Connection(settings).query("SELECT sum(cost) AS cost FROM cost_by_day").one()
      #expect(try cost["cost"] == 0.5)
      let agreement = try await Connection(settings).query("SELECT agreement FROM agreement_by_day WHERE is_audit")
      #expect(try agreement.one()["agreement"] == 0.0)
    }
  }

  @Test func aRefusedRowDoesNotHoldTheOthersBack() async throws {
    try await withStore { store, _ in
      let broken = ResultRow(
        task: "intents", id: "nan", reply: .label("greeting"), confidence: .nan, answeredBy: .specific,
        modelVersion: "v1",
        answeredAt: Date(timeIntervalSince1970: 0))
      let written = try await store.write([plainRow("1"), broken, plainRow("2")])
      #expect(written.inserted == 2)
      #expect(written.refused.map(\.reason) == ["confidence is nan, not 0 to 1"])
      #expect(written.refused.map(\.row.id) == ["nan"])
    }
  }

  @Test func theLongestKeysFitTheIndexes() async throws {
    try await withStore { store, _ in
      // Random, so that Postgres cannot compress them.
      var generator = SplitMix64(state: 1)
      func key() -> String {
        String(
          (0..<ResultRow.longestKey).map { _ in Character(UnicodeScalar(UInt8.random(in: 33...126, using: &generator)))
          })
      }
      let row = ResultRow(
        task: key(), id: key(), reply: .label("l"), confidence: 1, answeredBy: .specific, modelVersion: key(),
        category: key(), answeredAt: Date(timeIntervalSince1970: 0))
      try await #expect(store.write([row]) == .init(inserted: 1))
    }
  }

  @Test func aRecorderOutlivesTheLossOfItsConnection() async throws {
    try await withStore { _, settings in
      var recording = settings
      recording.applicationName = "recording"
      let store = ResultStore(try Connection(recording), backoff: Backoff(initial: .milliseconds(1)))
      try await #expect(store.write([plainRow("1")]).inserted == 1)
      try await Connection(settings).query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'recording' AND datname = current_database()
        """)
      try await #expect(store.write([plainRow("1"), plainRow("2")]) == .init(inserted: 1, repeated: 1))
    }
  }
}

@Suite struct RowRulesTests {
  @Test(
    arguments: [
      (1.0 as Float, nil), (0, nil), (1.01, "confidence is 1.01, not 0 to 1"), (-0.1, "confidence is -0.1, not 0 to 1"),
      (.infinity, "confidence is inf, not 0 to 1"), (.nan, "confidence is nan, not 0 to 1"),
    ] as [(Float, String?)])
  func confidenceIsAProbability(confidence: Float, refusal: String?) {
    let row = ResultRow(
      task: "t", id: "1", reply: .label("a"), confidence: confidence, answeredBy: .specific, modelVersion: "v",
      answeredAt: Date(timeIntervalSince1970: 0))
    #expect(row.refusal == refusal)
  }

  @Test(
    arguments: [
      ([0.6, 0.4], 0, nil), ([], 1, nil), ([1, 0], 0.005, nil),
      ([1e38, 0], 0, "the probability of \"a\" is 1e+38, not 0 to 1"),
      ([.infinity, 0], 0, "the probability of \"a\" is inf, not 0 to 1"),
      ([0.5, .nan], 0, "the probability of \"b\" is nan, not 0 to 1"),
      ([0.5, -0.1], 0, "the probability of \"b\" is -0.1, not 0 to 1"),
      ([0.75, 0.75], 0, "the probabilities add up to 1.5, more than 1"),
      ([0.75], 0.5, "the probabilities add up to 1.25, more than 1"),
    ] as [([Float], Float, String?)])
  func probabilitiesAreThoseOfOneAnswer(probabilities: [Float], rest: Float, refusal: String?) {
    let row = ResultRow(
      task: "t", id: "1", reply: .label("a"), confidence: 1, answeredBy: .large, modelVersion: "v",
      distribution: Distribution(
        labels: Array(["a", "b"].prefix(probabilities.count)), probabilities: probabilities, rest: rest),
      answeredAt: Date(timeIntervalSince1970: 0))
    #expect(row.refusal == refusal)
  }

  @Test(
    arguments: [
      ("t", "1", nil), ("", "1", "task is empty"), ("t", "", "id is empty"),
      ("t", String(repeating: "é", count: 257), "id has 514 bytes; at most 512 can be stored"),
    ] as [(String, String, String?)])
  func keysAreBounded(task: String, id: String, refusal: String?) {
    #expect(plainRow(id, task: task).refusal == refusal)
  }

  @Test(arguments: [
    (0.0, true), (-62_135_596_800, true), (1e12, false), (.nan, false), (-.infinity, false), (1e300, false),
  ])
  func timesAreInTheCalendar(seconds: Double, isStored: Bool) {
    let row = ResultRow(
      task: "t", id: "1", reply: .label("a"), confidence: 1, answeredBy: .large, modelVersion: "v",
      answeredAt: Date(timeIntervalSince1970: seconds))
    #expect((row.refusal == nil) == isStored)
  }

  @Test(
    arguments: [
      (Usage(promptTokens: 1, completionTokens: 1, cost: 0), nil),
      (Usage(promptTokens: 1, completionTokens: 1, cost: .nan), "cost is nan, not 0 to 1e9 dollars"),
      (Usage(promptTokens: -1, completionTokens: 1, cost: 0), "prompt_tokens is -1, not 0 to 2147483647"),
    ] as [(Usage, String?)])
  func usageIsCountable(usage: Usage, refusal: String?) {
    let row = ResultRow(
      task: "t", id: "1", reply: .label("a"), confidence: 1, answeredBy: .large, modelVersion: "v", usage: usage,
      answeredAt: Date(timeIntervalSince1970: 0))
    #expect(row.refusal == refusal)
  }
}
