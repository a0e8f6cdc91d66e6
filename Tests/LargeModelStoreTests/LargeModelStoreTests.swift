import Foundation
import LargeModelStore
import Postgres
import TestSupport
import Testing

@testable import LargeModelFlow

/// A schema to copy for each test.
let template = PostgresTestTemplate("large_model_store") { try await LargeModelSchema.migrate($0) }

@Suite struct LeaseTests {
  private func renew(
    _ store: LargeModelStore, _ worker: String, _ task: String = "t", length: Duration = .seconds(60)
  ) async throws -> RateLease {
    try await store.renewLease(of: task) { RateLease.renewed(by: worker, among: $0, at: $1, length: length) }
  }

  @Test func sharesOfWorkersThatComeAndGoNeverMakeMoreThanOne() async throws {
    try await PostgresTestDatabase.with(template) { database in
      let store = LargeModelStore(try Connection(database))
      #expect(try await renew(store, "a").share == 1)
      #expect(try await renew(store, "b").share == 0)
      #expect(try await renew(store, "a").share == 0.5)
      #expect(try await renew(store, "b").share == 0.5)
      #expect(try await renew(store, "c", "another").share == 1)
      try await store.releaseLease(of: "t", worker: "a")
      #expect(try await renew(store, "b").share == 1)
    }
  }

  @Test func aLeaseThatHasEndedIsNotCountedAndIsDeleted() async throws {
    try await PostgresTestDatabase.with(template) { database in
      let connection = try Connection(database)
      let store = LargeModelStore(connection)
      #expect(try await renew(store, "dead", length: .zero).share == 1)
      #expect(try await renew(store, "a").share == 1)
      let rows = try await connection.query("SELECT worker FROM large_model_leases")
      #expect(try rows.map { try $0["worker"] as String } == ["a"])
    }
  }

  @Test func twentyWorkersAtOnceClaimNoMoreThanOne() async throws {
    try await PostgresTestDatabase.with(template) { database in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<20 {
          group.addTask {
            let connection = try Connection(database)
            for _ in 0..<3 { _ = try await renew(LargeModelStore(connection), "worker \(worker)") }
            await connection.close()
          }
        }
        try await group.waitForAll()
      }
      let connection = try Connection(database)
      let sum: Double = try await connection.query("SELECT sum(share) AS sum FROM large_model_leases").one()["sum"]
      #expect(sum > 0 && sum <= 1 + 1e-9)
    }
  }
}

@Suite struct SpendingTests {
  @Test func workersAddUpAndOnlyTheRunningHourAndDayCount() async throws {
    try await PostgresTestDatabase.with(template) { database in
      let store = LargeModelStore(try Connection(database))
      let noon = Date(timeIntervalSince1970: 20_000 * 86_400 + 12 * 3_600)
      #expect(
        try await store.spend(1, of: "t", at: noon.addingTimeInterval(-86_400)) == Spending(thisHour: 1, today: 1))
      #expect(try await store.spend(2, of: "t", at: noon.addingTimeInterval(-3_600)) == Spending(thisHour: 2, today: 2))
      #expect(try await store.spend(3, of: "t", at: noon) == Spending(thisHour: 3, today: 5))
      #expect(try await store.spend(4, of: "t", at: noon.addingTimeInterval(60)) == Spending(thisHour: 7, today: 9))
      #expect(try await store.spend(0, of: "another", at: noon) == Spending(thisHour: 0, today: 0))
    }
  }

  @Test func aMoveOfTheThresholdIsRecorded() async throws {
    try await PostgresTestDatabase.with(template) { database in
      let connection = try Connection(database)
      var controller = ThresholdController(.init(lower: 0.5, upper: 0.9))
      let (start, end) = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 3_600))
      let status = { BudgetLedger.Status(window: .hour, limit: 10, spent: $0, end: end) }
      #expect(controller.update([status(0)], at: start) == nil)
      let update = controller.update([status(5)], at: start.addingTimeInterval(60))
      let move = try #require(update)
      try await LargeModelStore(connection).record(move, of: "t", by: "w")
      let row = try await connection.query("SELECT * FROM threshold_moves").one()
      #expect(try row["threshold_before"] as Double == Double(move.from))
      #expect(try row["threshold_after"] as Double == Double(move.to))
      #expect(try row["spent"] as Double == 5 && row["budget"] as Double == 10)
    }
  }
}

@Suite struct CachedAnswerTests {
  private static let candidates = ["a", "b \"quoted\""]
  private let answer = CachedAnswer.label(candidates[1], candidates: candidates, probabilities: [0.25, 0.75])

  private func key(_ text: String) -> AnswerKey {
    AnswerKey(task: "t", text: text, candidates: ["a"], model: "m", promptVersion: "1")
  }

  @Test func anAnswerIsGivenAgainWithinItsTimeToLiveOnly() async throws {
    try await PostgresTestDatabase.with(template) { database in
      let connection = try Connection(database)
      let store = LargeModelStore(connection)
      #expect(try await store.cachedAnswer(key("x")) == nil)
      try await store.cache(answer, for: key("x"), of: "t", timeToLive: .seconds(60))
      try await store.cache(answer, for: key("x"), of: "t", timeToLive: .seconds(60))
      try await store.cache(answer, for: key("old"), of: "t", timeToLive: .zero)
      #expect(try await store.cachedAnswer(key("x")) == answer)
      #expect(try await store.cachedAnswer(key("old")) == nil)
      let unsure = CachedAnswer.label("a", candidates: Self.candidates, probabilities: nil)
      try await store.cache(unsure, for: key("unsure"), of: "t", timeToLive: .seconds(60))
      #expect(try await store.cachedAnswer(key("unsure")) == unsure)
      for caption in [CachedAnswer.caption("a dog", confidence: 0.25), .caption("größer", confidence: nil)] {
        // The later one replaces the one before, whatever that was.
        try await store.cache(caption, for: key("x"), of: "t", timeToLive: .seconds(60))
        #expect(try await store.cachedAnswer(key("x")) == caption)
      }
      #expect(try await store.deleteExpiredAnswers() == 1)
      #expect(try await store.deleteExpiredAnswers() == 0)
    }
  }
}
