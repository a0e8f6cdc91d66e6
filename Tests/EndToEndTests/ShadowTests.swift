import Cascade
import Logging
import ModelRegistry
import ModelStore
import Router
import ServiceLifecycle
import SmallModel
import TestSupport
import Testing
import WorkerRuntime

@Suite(.ownTopics) struct ShadowTests {
  /// Two of three toy samples are easy at S1's threshold; the shadow, at a threshold of 0.1, would answer all.
  @Test func aShadowIsWatchedAndPublishesNothing() async throws {
    let specific = try await ToyTask.artifact(version: "toy-1")
    let learnable = try await ToyTask.artifact(version: "toy-shadow", threshold: 0.1)
    try await Rig.with { rig in
      let store = try ModelStore(rig.database)
      let first = try await register(specific, .specific, in: store)
      try await store.promote(first.id, who: "test", why: "first")
      let shadow = try await register(learnable, .learnable, in: store)
      let (table, ledger) = (CurrentRoutingTable(), ShadowLedger())
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: Health(), logger: Logger(label: "watch"))
      let recorder = ShadowRecorder(ledger: ledger, store: store, logger: Logger(label: "shadow"))
      let services: [any Service] = [
        try rig.recorder(), try rig.largeModelWorker(), watch, recorder, rig.router(table, shadows: ledger),
      ]
      try await rig.running(services) {
        try await eventually("toy-1 in the router") { table.value.cascades[ToyTask.name] != nil }
        try await rig.push(0..<300)
        try await eventually("300 rows") { try await rig.count("results") == 300 }
        try await store.move(shadow.id, to: .shadow, who: "test", why: "watched")
        try await eventually("the shadow in the router") { table.value.shadows[ToyTask.name]?.count == 1 }
        try await rig.push(300..<900)
        try await eventually("900 rows") { try await rig.count("results") == 900 }
        try await eventually("what the shadow saw") { try await store.shadowSums(model: shadow.id).samples == 600 }
        try await store.move(shadow.id, to: .candidate, who: "test", why: "enough")
        try await eventually("no shadow in the router") { table.value.shadows.isEmpty }
      }
      let sums = try await store.shadowSums(model: shadow.id)
      #expect((sums.samples, sums.queried, sums.wouldQuery) == (600, 200, 0))
      #expect((sums.compared, sums.agreeing) == (400, 400))
      #expect((sums.withTruth, sums.correct, sums.activeCorrect) == (400, 400, 400))
      #expect(sums.confidence > 60 && sums.confidence <= 600)
      #expect(try await rig.count("results WHERE model_version = 'toy-shadow'") == 0)
    }
  }

  /// What cannot answer does not disturb what does.
  @Test func aBrokenShadowIsRefused() async throws {
    let specific = try await ToyTask.artifact(version: "toy-1")
    try await Rig.with(partitions: 1) { rig in
      let store = try ModelStore(rig.database)
      let first = try await register(specific, .specific, in: store)
      try await store.promote(first.id, who: "test", why: "first")
      let broken = try await store.register(
        ModelDescription(task: ToyTask.name, role: .learnable, version: "toy-broken"),
        artifact: Array(specific.encoded().prefix(1000)), who: "test")
      try await store.move(broken.id, to: .shadow, who: "test", why: "broken on purpose")
      let (table, health) = (CurrentRoutingTable(), Health())
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: health, logger: Logger(label: "watch"))
      try await rig.running([try rig.recorder(), watch, rig.router(table)]) {
        try await eventually("the refusal") { health.state.report.contains("toy-broken") }
        try await rig.push(0..<2)
        try await eventually("2 rows") { try await rig.count("results") == 2 }
      }
      #expect(table.value.shadows.isEmpty)
    }
  }

  private func register(
    _ artifact: SmallModelArtifact, _ role: AnsweredBy, in store: ModelStore
  ) async throws -> ModelVersion {
    try await store.register(
      ModelDescription(task: ToyTask.name, role: role, version: artifact.card.version),
      artifact: Array(artifact.encoded()), who: "test")
  }
}
