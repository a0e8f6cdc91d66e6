import Logging
import ModelRegistry
import ModelStore
import ServiceLifecycle
import SmallModel
import Testing
import TestSupport
import WorkerRuntime

@testable import Router

@Suite(.ownTopics) struct ModelSwapTests {
  @Test func promotionAndRollbackUnderLoadLoseNothingAndNameTheVersion() async throws {
    let first = try await ToyTask.artifact(version: "toy-1")
    let second = try await ToyTask.artifact(version: "toy-2")
    try await Rig.with { rig in
      let store = try ModelStore(rig.database)
      try await promote(first, in: store)
      let table = CurrentRoutingTable()
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: Health(), logger: Logger(label: "watch"))
      let services: [any Service] = [try rig.recorder(), try rig.largeModelWorker(), watch, rig.router(table)]
      try await rig.running(services) {
        try await rig.push(0..<600)
        try await eventually("answers of toy-1") { try await answers(of: "toy-1", in: rig) == 400 }
        try await promote(second, in: store)
        try await eventually("toy-2 in the router") { table.version == "toy-2" }
        try await rig.push(600..<1200)
        try await eventually("answers of toy-2") { try await answers(of: "toy-2", in: rig) == 400 }
        try await store.rollBack(ModelSlot(task: ToyTask.name, role: .specific), who: "test", why: "rollback")
        try await eventually("toy-1 in the router again") { table.version == "toy-1" }
        try await rig.push(1200..<1800)
        try await eventually("1800 rows") { try await rig.count("results") == 1800 }
      }
      #expect(try await answers(of: "toy-1", in: rig) == 800)
      #expect(try await rig.count("results WHERE label = true_label") == 1800)
    }
  }

  /// Everything is hard until the first version comes, and again once it is taken back; nothing is lost on the way.
  @Test func anAnnouncedTaskIsAnsweredByTheLargeModelUntilItsFirstVersion() async throws {
    let first = try await ToyTask.artifact(version: "toy-1")
    try await Rig.with { rig in
      let store = try ModelStore(rig.database)
      try await store.announce(task: ToyTask.name)
      let (table, health) = (CurrentRoutingTable(), Health())
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: health, logger: Logger(label: "watch"))
      let large = try rig.largeModelWorker(answering: (0..<2).map(ToyTask.easyText))
      try await rig.running([try rig.recorder(), large, watch, rig.router(table)]) {
        try await rig.push(0..<300)
        try await eventually("answers of the large model") { try await rig.count("results") == 300 }
        #expect(try await rig.count("results WHERE answered_by = 'large' AND specific_label IS NULL") == 300)
        #expect(health.state.report.hasPrefix("ok"), "\(health.state.report)")
        try await promote(first, in: store)
        try await eventually("toy-1 in the router") { table.version == "toy-1" }
        try await rig.push(300..<600)
        try await eventually("answers of toy-1") { try await answers(of: "toy-1", in: rig) == 200 }
        try await store.rollBack(ModelSlot(task: ToyTask.name, role: .specific), who: "test", why: "rollback")
        try await eventually("none in the router") { table.value.cascades[ToyTask.name]?.stages.isEmpty == true }
        try await rig.push(600..<900)
        try await eventually("900 rows") { try await rig.count("results") == 900 }
      }
      #expect(try await rig.count("results WHERE answered_by = 'large'") == 700)
      #expect(try await rig.count("rejections") == 0)
    }
  }

  /// Four routers, each with a watch of its own, while samples keep coming; the time is printed, not judged.
  @Test func aRollbackUnderLoadReachesEachRouterAndLosesNothing() async throws {
    let artifacts = [try await ToyTask.artifact(version: "toy-1"), try await ToyTask.artifact(version: "toy-2")]
    try await Rig.with(partitions: 12) { rig in
      let store = try ModelStore(rig.database)
      for artifact in artifacts { try await promote(artifact, in: store) }
      let tables = (0..<4).map { _ in CurrentRoutingTable() }
      let watches = try tables.map {
        ModelWatch(
          registry: ModelRegistry(try ModelStore(rig.database)), table: $0, health: Health(),
          logger: Logger(label: "watch"))
      }
      let services: [any Service] =
        [try rig.recorder(), try rig.largeModelWorker()] + watches + tables.map { rig.router($0) }
      try await rig.running(services) {
        for table in tables { try await eventually("toy-2 in each router") { table.version == "toy-2" } }
        try await withThrowingTaskGroup(of: Void.self) { load in
          load.addTask { for start in stride(from: 0, to: 6000, by: 300) { try await rig.push(start..<start + 300) } }
          try await eventually("the first answers of toy-2") { try await answers(of: "toy-2", in: rig) > 0 }
          let start = ContinuousClock.now
          try await store.rollBack(ModelSlot(task: ToyTask.name, role: .specific), who: "test", why: "rollback")
          for table in tables { try await table.wait { _ in table.version == "toy-1" } }
          print("a rollback under load took effect on \(tables.count) routers after \(ContinuousClock.now - start)")
          try await load.waitForAll()
        }
        try await rig.push(6000..<6300)
        try await eventually("6300 rows", within: .seconds(90)) { try await rig.count("results") == 6300 }
      }
      // What was pushed after the rollback had reached each router is answered by the version before.
      let late = "results WHERE substr(id, 2)::int >= 6000 AND answered_by = 'specific'"
      #expect(try await rig.count("\(late) AND model_version = 'toy-1'") == 200)
      #expect(try await rig.count("results WHERE label = true_label") == 6300)
    }
  }

  @Test func aBrokenArtifactIsRefusedAndTheOneBeforeStays() async throws {
    let first = try await ToyTask.artifact(version: "toy-1")
    try await Rig.with(partitions: 1) { rig in
      let store = try ModelStore(rig.database)
      try await promote(first, in: store)
      let table = CurrentRoutingTable()
      let health = Health()
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: health, logger: Logger(label: "watch"))
      try await rig.running([try rig.recorder(), watch, rig.router(table)]) {
        try await eventually("toy-1 in the router") { table.version == "toy-1" }
        let broken = try await store.register(
          ModelDescription(task: ToyTask.name, role: .specific, version: "toy-broken"),
          artifact: Array(first.encoded().prefix(1000)), who: "test")
        try await store.promote(broken.id, who: "test", why: "broken on purpose")
        try await eventually("the refusal") { health.state.report.contains("toy-broken") }
        #expect(table.version == "toy-1")
        try await rig.push(0..<2)
        try await eventually("answers of toy-1") { try await answers(of: "toy-1", in: rig) == 2 }
      }
    }
  }

  private func promote(_ artifact: SmallModelArtifact, in store: ModelStore) async throws {
    let description = ModelDescription(task: ToyTask.name, role: .specific, version: artifact.card.version)
    let model = try await store.register(description, artifact: Array(artifact.encoded()), who: "test")
    try await store.promote(model.id, who: "test", why: "test")
  }

  private func answers(of version: String, in rig: Rig) async throws -> Int {
    try await rig.count("results WHERE model_version = '\(version)'")
  }
}

extension CurrentRoutingTable {
  /// The version in force for the toy task.
  fileprivate var version: String? { value.cascades[ToyTask.name]?.stages.first?.version }
}
