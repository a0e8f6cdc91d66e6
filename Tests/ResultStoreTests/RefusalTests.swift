import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

/// A database that refuses, as data, disks, standbys and operators make it.
@Suite struct RefusalTests {
  /// Refuses rows whose id (or reason) says `poison`, with a state.
  private static func refusePoison(_ table: String, _ column: String, _ state: String) -> String {
    """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.\(column) LIKE 'poison%' THEN RAISE EXCEPTION 'no poison' USING ERRCODE = '\(state)'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON \(table) FOR EACH ROW EXECUTE FUNCTION refuse();
    """
  }

  /// Refuses the first attempts of anything.
  private static func refuseAtFirst(_ table: String, _ state: String, attempts: Int) -> String {
    """
    CREATE SEQUENCE attempts;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('attempts') <= \(attempts) THEN RAISE EXCEPTION 'not now' USING ERRCODE = '\(state)'; END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER refuse AFTER INSERT ON \(table) FOR EACH STATEMENT EXECUTE FUNCTION refuse();
    """
  }

  @Test(arguments: ["22003", "22021", "22P05", "22008", "23502", "23514", "54000", "P0001", "21000", "44000"])
  func whatTheDatabaseRefusesIsFoundAndTheOthersAreStored(state: String) async throws {
    try await withStore { store, settings in
      let connection = try Connection(settings)
      try await connection.run(script: Self.refusePoison("results", "id", state))
      let ids = (0..<50).map { [3, 4, 31, 49].contains($0) ? "poison \($0)" : "\($0)" }
      let written = try await store.write(ids.map { plainRow($0) })
      #expect(written.inserted == 46)
      #expect(written.refused.map(\.place) == [3, 4, 31, 49])
      #expect(written.refused.allSatisfy { ids[$0.place] == $0.row.id && $0.reason.contains("no poison") })
      try await #expect(connection.query("SELECT sum(answers)::bigint AS n FROM hourly_results").one()["n"] == 46)
    }
  }

  /// A batch that takes too long, or too much memory, goes in parts; one row that does is tried again.
  @Test(arguments: ["25006", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P03", "58030", "42501"])
  func whatIsWrongWithTheWorldIsWaitedFor(state: String) async throws {
    try await withStore { _, settings in
      let connection = try Connection(settings)
      try await connection.run(script: Self.refuseAtFirst("results", state, attempts: 4))
      let store = ResultStore(try Connection(settings), backoff: Backoff(initial: .microseconds(1)))
      let written = try await store.write((0..<3).map { plainRow("\($0)") })
      #expect(written == .init(inserted: 3))
    }
  }

  @Test func aRejectionThatIsRefusedIsKeptWithoutWhatIsRefused() async throws {
    try await withStore { store, settings in
      try await Connection(settings).run(script: Self.refusePoison("rejections", "reason", "22003"))
      func rejection(_ offset: Int, _ reason: String) -> RejectionRow {
        RejectionRow(
          topic: "samples", partition: 0, offset: offset, task: "t", id: "i", reason: reason, payload: [1],
          rejectedAt: Date(timeIntervalSince1970: 0))
      }
      let written = try await store.write(rejections: [
        rejection(1, "fine"), rejection(2, "poison"), rejection(3, "fine"),
      ])
      #expect(written == 3)
      let stored = try await store.openRejections().map(\.row).sorted { $0.offset < $1.offset }
      #expect(stored.map(\.offset) == [1, 2, 3])
      #expect(stored.map(\.task) == ["t", nil, "t"])
      #expect(stored[1].reason.contains("no poison"))
      #expect(stored[1].isTruncated && stored[1].payload == nil)
    }
  }

  /// Fields of a message in `rejected` that no worker of ours would write.
  @Test(arguments: [
    RejectionRow(
      topic: String(repeating: "t", count: 6_000), partition: 0, offset: 0, reason: "r", payload: nil,
      rejectedAt: Date(timeIntervalSince1970: 0)),
    RejectionRow(
      topic: String(repeating: "é", count: 100_000), partition: .max, offset: .min,
      task: String(repeating: "\0", count: 5_000), id: String(repeating: "i", count: 5_000),
      reason: String(repeating: "\u{1F468}", count: 5_000), payload: [UInt8](repeating: 0, count: 2 << 20),
      originalSize: .min, attempts: [String](repeating: String(repeating: "a\"\u{0301}", count: 5_000), count: 500),
      rejectedAt: Date(timeIntervalSince1970: 1e300)),
    RejectionRow(topic: "", partition: -1, offset: -1, reason: "", payload: [], rejectedAt: Date.distantPast),
  ])
  func anyRejectionIsStored(row: RejectionRow) async throws {
    try await withStore { store, _ in
      try await #expect(store.write(rejections: [row]) == 1)
      let stored = try await store.openRejections()
      #expect(stored.map(\.row.offset) == [row.offset])
      #expect(stored[0].row.topic == row.topic && stored[0].row.attempts == row.attempts)
    }
  }

  static let awkward = [
    "a\"\u{0301}b", "\\\u{0301}", "{\u{0308}}", "e\u{0301}", "é", "", "NULL", "\u{0}", "\u{1F468}\u{200D}\u{1F469}",
    "\r\n",
  ]

  /// Each of these is a category, an id, a label of its own, as its bytes are.
  @Test func textsThatSwiftTakesForOneAreTold() async throws {
    try await withStore { store, settings in
      let rows = Self.awkward.filter { !$0.isEmpty }.map { text in
        ResultRow(
          task: text, id: text, reply: .label(text), confidence: 1, answeredBy: .large, modelVersion: text,
          distribution: Distribution(labels: [text], probabilities: [1]), text: text, category: text,
          truth: .label(text),
          answeredAt: Date(timeIntervalSince1970: 0))
      }
      try await #expect(store.write(rows) == .init(inserted: rows.count))
      // The way by the temporary table.
      try await #expect(store.write(rows + [plainRow("new")]) == .init(inserted: 1, repeated: rows.count))
      for row in rows {
        let stored = try #require(try await store.answer(task: row.task, id: row.id))
        #expect(StoredText(stored.category ?? "") == StoredText(row.category ?? ""))
      }
      let sums = try await Connection(settings).query("SELECT answers FROM hourly_results WHERE task <> 'intents'")
      #expect(try sums.map { try $0["answers"] } == [Int](repeating: 1, count: rows.count))
    }
  }
}
