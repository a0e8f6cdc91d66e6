import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

@Suite struct RetentionTests {
  private func age(_ ids: some Sequence<Int>, in table: String = "results", _ settings: PostgresSettings) async throws {
    try await Connection(settings).execute(
      "UPDATE \(table) SET recorded_at = now() - interval '2 days' WHERE id = ANY($1)", [.texts(ids.map { "\($0)" })])
  }

  private func ids(_ settings: PostgresSettings, in table: String = "results") async throws -> [String] {
    try await Connection(settings).query("SELECT id FROM \(table) ORDER BY sequence").map { try $0["id"] }
  }

  private var yesterday: Date { Date(timeIntervalSinceNow: -86_400) }

  @Test(arguments: [1, 3, 7, 100])
  func whatIsOlderGoesAndItsSumsStay(chunk: Int) async throws {
    try await withStore { store, settings in
      _ = try await store.write((0..<10).map { fullRow("\($0)") })
      try await age(0..<7, settings)
      let sums = "SELECT sum(answers)::bigint AS answers FROM hourly_results"
      let before: Int = try await Connection(settings).query(sums).one()["answers"]

      #expect(try await store.deleteRecorded(before: yesterday, chunk: chunk) == 7)
      #expect(try await ids(settings) == ["7", "8", "9"])
      let after: Int = try await Connection(settings).query(sums).one()["answers"]
      #expect(before == 10 && after == 10)
      #expect(try await store.deleteRecorded(before: yesterday, chunk: chunk) == 0)
    }
  }

  /// A long transaction takes its rows' numbers late and their time early: such a row stands among newer ones.
  @Test func anOldRowAmongNewerOnesGoesOnceItIsTheOldest() async throws {
    try await withStore { store, settings in
      _ = try await store.write((0..<6).map { fullRow("\($0)") })
      try await age([0, 1, 3, 5], settings)
      #expect(try await store.deleteRecorded(before: yesterday, chunk: 4) == 4)
      #expect(try await ids(settings) == ["2", "4"])
    }
  }

  @Test func auditsGoAndRejectionsStay() async throws {
    try await withStore { store, settings in
      let audit = ResultRow(
        task: "intents", id: "0", reply: .label("greeting"), confidence: 0.5, answeredBy: .large, modelVersion: "v1",
        isAudit: true, answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
      _ = try await store.write([audit])
      try await age([0], in: "audits", settings)
      try await Connection(settings).run(
        script: """
          INSERT INTO rejections (topic, "partition", "offset", reason, is_truncated, original_size, attempts,
            rejected_at, recorded_at)
          VALUES ('samples', 0, 0, 'no JSON', false, 0, '{}', 'epoch', 'epoch')
          """)
      #expect(try await store.deleteRecorded(before: yesterday) == 1)
      #expect(try await ids(settings, in: "audits").isEmpty)
      #expect(try await store.openRejections().count == 1)
    }
  }

  @Test func severalAtOnceDeleteEachRowOnce() async throws {
    try await withStore { store, settings in
      _ = try await store.write((0..<500).map { fullRow("\($0)") })
      try await age(0..<450, settings)
      let moment = yesterday
      let deleted = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<3 {
          group.addTask { try await ResultStore(try Connection(settings)).deleteRecorded(before: moment, chunk: 20) }
        }
        return try await group.reduce(0, +)
      }
      let left = try await store.deleteRecorded(before: moment)
      #expect(deleted + left == 450)
      #expect(try await ids(settings).count == 50)
    }
  }
}
