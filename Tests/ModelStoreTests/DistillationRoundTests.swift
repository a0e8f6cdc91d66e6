import Foundation
import ModelStore
import Postgres
import ResultStore
import TestSupport
import Testing

@Suite struct DistillationRoundTests {
  @Test func oneDistillerHasThePermit() async throws {
    try await withModels { store, _ in
      let permit = try #require(try await store.roundPermit(task: "intents"))
      let second = try await store.roundPermit(task: "intents")
      #expect(second == nil)
      let other = try await store.roundPermit(task: "other")
      #expect(other != nil)
      try await #expect(permit.isHeld())
      await permit.release()
      await other?.release()
    }
  }

  @Test func aRoundGoesOnWhereTheLastFinishedOneEnded() async throws {
    try await withModels { store, _ in
      let permit = try #require(try await store.roundPermit(task: "intents"))
      let first = try await store.beginRound(permit)
      #expect(first.from == AnswerCursor())
      let to = AnswerCursor(transaction: 700, sequence: 9_000)
      try await store.finish(
        RoundEnd(round: first.id, to: to, counts: ["stage1": 3], outcome: .rejected, reasons: "no win"))
      // Its distiller dies: the next round reads the same answers.
      let second = try await store.beginRound(permit)
      #expect(second.from == to)
      let third = try await store.beginRound(permit)
      #expect(third.from == to)
      let rounds = try await store.rounds(task: "intents")
      #expect(rounds.map(\.state) == [.running, .abandoned, .finished])
      #expect(rounds.last?.counts == ["stage1": 3])
      #expect(rounds.last?.reasons == "no win")
      await permit.release()
    }
  }

  @Test func promotionAndTheRoundsEndAreOne() async throws {
    try await withModels { store, _ in
      let permit = try #require(try await store.roundPermit(task: "intents"))
      let round = try await store.beginRound(permit)
      let model = try await store.candidate("1")
      let end = RoundEnd(
        round: round.id, to: AnswerCursor(transaction: 1, sequence: 1), outcome: .promoted, candidate: model,
        reasons: "better")
      // A round that another distiller has given up promotes nothing.
      _ = try await store.beginRound(permit)
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.promote(model, who: "distiller", why: "better", finishing: end)
      }
      #expect(error?.kind == .state)
      try await #expect(store.activeVersion() == nil)

      let next = try await store.beginRound(permit)
      var ended = end
      ended.round = next.id
      try await store.promote(model, who: "distiller", why: "better", finishing: ended)
      try await store.promote(model, who: "distiller", why: "better", finishing: ended)
      try await #expect(store.activeVersion() == "1")
      let last = try #require(try await store.rounds(task: "intents").first)
      #expect(last.state == .finished)
      #expect(last.candidate == model)
      await permit.release()
    }
  }

  @Test func alarmsAndShadowSumsComeBack() async throws {
    try await withModels { store, _ in
      let moment = Date(timeIntervalSince1970: 1_700_000_000)
      let alarm = DriftAlarm(
        task: "intents", kind: "label_mix", statistic: 0.31, threshold: 0.2, samples: 5_000, windowStart: moment,
        windowEnd: moment.addingTimeInterval(3_600), message: "PSI 0.31 over 0.2")
      try await store.raise(alarm)
      try await #expect(store.alarms(task: "intents") == [alarm])

      let model = try await store.candidate("1")
      var sums = ShadowSums()
      (sums.samples, sums.wouldQuery, sums.queried, sums.confidence) = (10, 1, 2, 7.5)
      (sums.compared, sums.agreeing, sums.withTruth, sums.correct, sums.activeCorrect) = (8, 7, 6, 5, 4)
      try await store.add(sums, model: model, at: moment)
      try await store.add(sums, model: model, at: moment.addingTimeInterval(60))
      try await store.add(sums, model: model, at: moment.addingTimeInterval(7_200))
      let total = try await store.shadowSums(model: model)
      #expect((total.samples, total.wouldQuery, total.queried, total.confidence) == (30, 3, 6, 22.5))
      #expect((total.compared, total.agreeing) == (24, 21))
      #expect((total.withTruth, total.correct, total.activeCorrect) == (18, 15, 12))
      try await #expect(store.shadowSums(model: model + 1) == ShadowSums())
    }
  }

  @Test func tenWorkersMigrateAtOnce() async throws {
    try await PostgresTestDatabase.with { settings in
      let applied = try await withThrowingTaskGroup { group in
        for _ in 0..<10 { group.addTask { try await ModelSchema.migrate(Connection(settings)).count } }
        return try await group.reduce(0, +)
      }
      #expect(try applied == ModelSchema.migrations().steps.count)
    }
  }
}
