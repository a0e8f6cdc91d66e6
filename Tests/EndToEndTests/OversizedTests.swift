import JSON
import Kafka
import LargeModelWorker
import Logging
import Messages
import Streams
import TestSupport
import Testing
import WorkerRuntime

@testable import Router

/// What a broker does not take for its size becomes a small rejection; nothing ends, and others are answered.
@Suite(.ownTopics, .timeLimit(.minutes(3))) struct OversizedTests {
  /// Hard, and each of its characters is escaped by six bytes on its way to the large model.
  private static let text = ToyTask.hardText + String(repeating: "\u{1}", count: 10_000)

  private func push(to rig: Rig) async throws {
    var batch = OutgoingBatch()
    for number in 0..<30 {
      let sample = Sample(
        id: "s\(number)", task: ToyTask.name, text: number == 7 ? Self.text : ToyTask.easyText(number))
      batch.append(sample, to: rig.topics.samples)
    }
    // What is rejected for another reason, with bytes that are too many, too.
    for number in 0..<5 {
      batch.append(
        to: rig.topics.samples.name, key: "bad\(number)",
        value: #"{"id":"bad\#(number)","task":"toy","text":"\#(Self.text + Self.text)"#
      )
    }
    try await rig.push(batch)
  }

  private func limited(_ rig: Rig) -> KafkaSettings {
    var settings = rig.cluster.settings
    settings.properties["message.max.bytes"] = "20000"
    return settings
  }

  @Test(arguments: [false, true]) func theRouterRejectsWhatTheTopicOfHardSamplesDoesNotTake(
    isTransactional: Bool
  ) async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with(partitions: 1) { rig in
      let health = Health()
      let router = Router(
        settings: RouterSettings(isTransactional: isTransactional), kafka: limited(rig), topics: rig.topics,
        table: table, health: health, logger: Logger(label: "router"))
      try await rig.running([try rig.recorder(), try rig.largeModelWorker(), router]) {
        try await push(to: rig)
        try await eventually("the others") { try await rig.count("results") == 29 }
        try await eventually("the rejections") { try await rig.count("rejections") == 6 }
      }
      let rows = try await rig.store.openRejections()
      let large = try #require(rows.first { $0.row.id == "s7" })
      #expect(large.row.reason.contains("max.message.bytes") && large.row.task == ToyTask.name)
      #expect(large.row.isTruncated && large.row.originalSize > 10_000 && large.row.topic == rig.topics.samples.name)
      let bad = try #require(rows.first { $0.row.id == "bad4" })
      #expect(bad.row.reason.contains("ends within a string") && bad.row.isTruncated)
      // More than a few for one reason.
      #expect(health.state.report.contains("5 samples of task toy (not JSON) were rejected"))
    }
  }

  /// One message of 20 MB once made a router ask for 31 GB.
  @Test func roomIsBoundedWhateverTheLastBatchWas() {
    #expect(BatchRouter.room(for: 2_000, bytesPerMessage: 1_024) == 2_048_000)
    #expect(BatchRouter.room(for: 2_000, bytesPerMessage: 20 << 20) == Consumer.largestBatch)
  }

  @Test func theLargeModelWorkerRejectsWhatTheTopicOfResultsDoesNotTake() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with(partitions: 1) { rig in
      let worker = LargeModelWorker(
        settings: LargeModelWorkerSettings(batchSize: 16), kafka: limited(rig), topics: rig.topics,
        tasks: [ToyTask.name: try ToyTask.largeModel(answering: [Self.text])], facts: { _, _ in nil },
        health: Health(), logger: Logger(label: "large-model-worker"))
      try await rig.running([try rig.recorder(), worker, rig.router(table)]) {
        try await push(to: rig)
        try await eventually("the others") { try await rig.count("results") == 29 }
        try await eventually("the rejection") { try await rig.count("rejections WHERE id = 's7'") == 1 }
      }
      let rows = try await rig.store.openRejections()
      #expect(try #require(rows.first { $0.row.id == "s7" }).row.reason.contains("max.message.bytes"))
    }
  }
}
