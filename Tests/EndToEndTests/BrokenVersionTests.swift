import Cascade
import JSON
import Kafka
import Logging
import Messages
import ModelRegistry
import ModelStore
import SmallModel
import Streams
import TestSupport
import Testing
import WorkerRuntime

@testable import Router

/// A version in force that cannot be loaded, met by a router that has just started.
@Suite(.ownTopics, .timeLimit(.minutes(3))) struct BrokenVersionTests {
  private func register(
    _ version: String, _ role: AnsweredBy, task: String = ToyTask.name, bytes: [UInt8], in store: ModelStore
  ) async throws {
    let description = ModelDescription(task: task, role: role, version: version)
    let model = try await store.register(description, artifact: bytes, who: "test")
    try await store.promote(model.id, who: "test", why: "test")
  }

  @Test func withoutALearnableModelTheSpecificOneAnswersAlone() async throws {
    let bytes = Array(try await ToyTask.artifact().encoded())
    try await Rig.with(partitions: 2) { rig in
      let store = try ModelStore(rig.database)
      try await register("toy-1", .specific, bytes: bytes, in: store)
      try await register("learnable-1", .learnable, bytes: Array(bytes.prefix(1_000)), in: store)
      let (table, health) = (CurrentRoutingTable(), Health())
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: health, logger: Logger(label: "watch"))
      try await rig.push(0..<30)
      try await rig.running([try rig.recorder(), try rig.largeModelWorker(), watch, rig.router(table)]) {
        try await eventually("30 rows") { try await rig.count("results") == 30 }
        #expect(health.state.isReady == true && health.state.report.contains("learnable-1"))
        #expect(table.value.held.isEmpty)
        // The next version mends it.
        try await register("learnable-2", .learnable, bytes: bytes, in: store)
        try await eventually("both models") { table.value.cascades[ToyTask.name]?.stages.count == 2 }
        try await eventually("health") { !health.state.report.contains("learnable-1") }
      }
      #expect(try await rig.count("rejections") == 0)
      #expect(try await rig.count("results WHERE answered_by = 'specific'") == 20)
    }
  }

  @Test(arguments: [false, true]) func aTaskWithoutAModelThatCanBeLoadedWaitsAndOthersGoOn(
    isTransactional: Bool
  ) async throws {
    let bytes = Array(try await ToyTask.artifact().encoded())
    try await Rig.with(partitions: 2) { rig in
      let store = try ModelStore(rig.database)
      try await register("toy-1", .specific, bytes: bytes, in: store)
      try await register("other-1", .specific, task: "other", bytes: Array(bytes.prefix(1_000)), in: store)
      let (table, health) = (CurrentRoutingTable(), Health())
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: health, logger: Logger(label: "watch"))
      let settings = RouterSettings(batchSize: 7, isTransactional: isTransactional)
      try await rig.running([try rig.recorder(), watch, rig.router(table, settings)]) {
        try await push(of: "other", 0..<60, to: rig)
        for round in 0..<3 {
          try await push(of: ToyTask.name, round * 100..<(round + 1) * 100, to: rig)
          try await push(of: "other", 100 + round..<101 + round, to: rig)
          try await eventually("the other task's rows") { try await rig.count("results") == (round + 1) * 100 }
        }
        try await eventually("the hold") { health.state.report.contains("other") }
        #expect(try await rig.count("rejections") == 0)
        // A successor would begin with what waits: nothing is committed past it.
        #expect(try await lag(rig, settings) >= 63)
        try await register("other-2", .specific, task: "other", bytes: bytes, in: store)
        try await eventually("what waited") { try await rig.count("results WHERE task = 'other'") == 63 }
        // The embedded broker does not store a transaction's offsets.
        if !isTransactional || rig.cluster.embedded == nil {
          try await eventually("all committed") { try await lag(rig, settings) == 0 }
        }
      }
      #expect(try await rig.count("rejections") == 0)
      #expect(try await rig.count("results") == 363)
    }
  }

  private func lag(_ rig: Rig, _ settings: RouterSettings) async throws -> Int64 {
    try await Admin(settings: rig.cluster.settings).progress(of: settings.group, in: [rig.topics.samples.name]).lag
  }

  private func push(of task: String, _ numbers: Range<Int>, to rig: Rig) async throws {
    var batch = OutgoingBatch()
    for number in numbers {
      let sample = Sample(id: "s\(number)", task: task, text: ToyTask.easyText(number))
      batch.append(sample, to: rig.topics.samples, key: "\(task)-\(number)".utf8)
    }
    try await rig.push(batch)
  }
}
