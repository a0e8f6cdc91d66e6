import Foundation
import ModelStore
import Postgres
import ResultStore
import TestSupport
import Testing

@Suite struct RoundFindingsTests {
  private func round(_ store: ModelStore) async throws -> DistillationRound {
    let permit = try #require(try await store.roundPermit(task: "intents"))
    let round = try await store.beginRound(permit)
    await permit.release()
    return round
  }

  private func candidate(_ store: ModelStore, of round: DistillationRound) async throws -> ModelVersion {
    try await store.register(
      ModelDescription(task: "intents", role: .learnable, version: "learnable-\(round.id)"), artifact: [1],
      who: "distiller", round: round.id)
  }

  @Test func findingsComeBackInTheirOrder() async throws {
    try await withModels { store, _ in
      let round = try await round(store)
      let findings = [RoundFinding(kind: "group_worse", text: "b"), RoundFinding(kind: "less_accurate", text: "a")]
      let end = RoundEnd(round: round.id, to: AnswerCursor(), outcome: .rejected, reasons: "b; a", findings: findings)
      try await store.finish(end)
      try await #expect(store.findings(ofRound: round.id) == findings)
      // A caller that died after the commit may ask again.
      try await store.finish(end)
      try await #expect(store.findings(ofRound: round.id) == findings)
      try await #expect(store.rounds(task: "intents").first?.outcome == .rejected)
    }
  }

  @Test(arguments: RoundOutcome.allCases) func everyOutcomeIsStored(outcome: RoundOutcome) async throws {
    try await withModels { store, _ in
      let round = try await round(store)
      try await store.finish(RoundEnd(round: round.id, to: AnswerCursor(), outcome: outcome, reasons: ""))
      try await #expect(store.rounds(task: "intents").first?.outcome == outcome)
    }
  }

  @Test func anOutcomeThatNobodyKnowsIsRefused() async throws {
    try await withModels { store, settings in
      _ = try await round(store)
      let error = await #expect(throws: PostgresError.self) {
        try await Connection(settings).execute("UPDATE distillation_rounds SET outcome = 'promotd'")
      }
      #expect(error?.sqlState == "23503")
    }
  }

  @Test func candidatesOfRoundsThatWereGivenUpAreForgotten() async throws {
    try await withModels { store, _ in
      let (first, abandoned) = try await { ($0, try await candidate(store, of: $0)) }(round(store))
      // The next one gives the first one up.
      let (second, failed) = try await { ($0, try await candidate(store, of: $0)) }(round(store))
      try await store.finish(RoundEnd(round: second.id, to: AnswerCursor(), outcome: .failed, reasons: "odd data"))
      let third = try await round(store)
      _ = try await candidate(store, of: third)
      _ = try await store.candidate("by hand")
      try await #expect(store.forgottenCandidates(task: "intents").map(\.id) == [abandoned.id, failed.id])
      try await #expect(store.forgottenCandidates(task: "other").isEmpty)
      #expect(abandoned.round == first.id)
    }
  }

  @Test func aShadowIsARoundsUntilAPersonMovesIt() async throws {
    try await withModels { store, _ in
      let byHand = try await store.candidate("by hand")
      try await store.move(byHand, to: .shadow, who: "operator", why: "watched")
      try await #expect(store.shadowOfRound(task: "intents") == nil)
      let round = try await round(store)
      let model = try await candidate(store, of: round)
      let end = RoundEnd(round: round.id, to: AnswerCursor(), outcome: .shadowed, candidate: model.id, reasons: "won")
      try await store.move(model.id, to: .shadow, who: "distiller", why: "won", finishing: end)
      try await #expect(store.shadowOfRound(task: "intents")?.id == model.id)
      try await #expect(store.history(of: model.id).map(\.round) == [nil, round.id])
      try await store.move(model.id, to: .candidate, who: "operator", why: "stop")
      try await store.move(model.id, to: .shadow, who: "operator", why: "won")
      try await #expect(store.shadowOfRound(task: "intents") == nil)
    }
  }

  /// What an earlier version wrote is read as before: outcomes by their names, and which round made and moved a version.
  @Test func roundsOfAnEarlierVersionStayReadable() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let all = try ModelSchema.migrations()
      try await Migrations(all.component, Array(all.steps.prefix(7))).apply(to: connection)
      try await connection.run(
        script: """
          INSERT INTO model_versions
            (task, role, version, artifact, size, hash, data_counts, metrics, thresholds, state)
          SELECT 'intents', 'learnable', name, 'x', 1, 'h', '{}', '{}', '{}', state
          FROM (VALUES ('learnable-1', 'candidate'), ('learnable-2', 'shadow'), ('by hand', 'candidate')) AS v (name, state);
          INSERT INTO distillation_rounds (task, state, from_transaction, from_sequence, outcome, candidate, reasons)
          VALUES ('intents', 'abandoned', 0, 0, NULL, NULL, 'its distiller ended'),
            ('intents', 'finished', 0, 0, 'shadowed', 2, 'promoted: fewer queries'),
            ('intents', 'finished', 0, 0, 'nothing to learn', NULL, 'unsure'),
            ('intents', 'finished', 0, 0, 'failed', NULL, 'odd data');
          INSERT INTO model_events (model, kind, to_state, who, why)
          VALUES (2, 'registered', 'candidate', 'd', 'registered'), (2, 'shadowed', 'shadow', 'd', 'promoted: fewer queries');
          """)
      try await ModelSchema.migrate(connection)
      let store = try ModelStore(settings)
      let rounds = try await store.rounds(task: "intents")
      #expect(rounds.map(\.outcome) == [.failed, .nothingToLearn, .shadowed, nil])
      try await #expect(store.versions(task: "intents").map(\.round) == [nil, 2, 1])
      try await #expect(store.forgottenCandidates(task: "intents").map(\.description.version) == ["learnable-1"])
      try await #expect(store.shadowOfRound(task: "intents")?.description.version == "learnable-2")
      try await #expect(store.findings(ofRound: 2).isEmpty)
    }
  }
}
