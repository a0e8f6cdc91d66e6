import Classification
import Foundation
import JSON
import Kafka
import Messages
import Postgres
import ResultStore
import TestSupport
import Testing

@testable import Operations

@Suite(.ownTopics, .timeLimit(.minutes(2))) struct RejectionReplayTests {
  private static let template = PostgresTestTemplate("rejection_replay") { try await ResultSchema.migrate($0) }

  private func row(_ number: Int, payload: [UInt8]?, task: String? = "toy", isTruncated: Bool = false) -> RejectionRow {
    RejectionRow(
      topic: "hard", partition: 0, offset: number, task: task, id: "s\(number)", reason: "no answer", payload: payload,
      isTruncated: isTruncated, attempts: ["first", "second"], rejectedAt: Date(timeIntervalSince1970: 0))
  }

  private func sample(_ number: Int, task: String = "toy") -> [UInt8] {
    var writer = JSONWriter()
    Sample(id: "s\(number)", task: task, text: "x").write(to: &writer)
    return writer.bytes
  }

  @Test func replayingTwiceDoesNothingTwice() async throws {
    try await PostgresTestDatabase.with(Self.template) { database in
      let cluster = try KafkaCluster()
      let topics = Topics(prefix: cluster.unique("replay") + "-")
      for topic in topics.all { try await cluster.create(topic, partitions: 2) }
      let connection = try Connection(database)
      let store = ResultStore(connection)
      let rows =
        (0..<700).map { row($0, payload: sample($0)) } + [
          row(700, payload: Array("not JSON".utf8)), row(701, payload: sample(701), isTruncated: true),
          row(702, payload: nil), row(703, payload: sample(703, task: "another"), task: "another"),
        ]
      #expect(try await store.write(rejections: rows) == 704)
      let deployment = Deployment(
        settings: DeploymentSettings(
          kafka: cluster.settings, topics: topics, database: database.connectionString, taskFolders: []))
      let first = try await RejectionReplay(deployment).run(.init(task: "toy"))
      #expect(first.replayed == 700 && first.refused.count == 3)
      #expect(first.refused.values.contains { $0.contains("tombstone") })
      let second = try await RejectionReplay(deployment).run(.init(task: "toy"))
      #expect(second.replayed == 0 && second.refused == first.refused)
      #expect(try await RejectionReplay(deployment).run(.init(task: "another")).replayed == 1)
      let consumer = try Consumer(settings: cluster.settings, group: "reader", topics: [topics.samples.name])
      let ids = try await consumer.collect(701).map { String(decoding: $0.key ?? [], as: UTF8.self) }
      #expect(Set(ids).count == 701)
      #expect(try await consumer.nextBatch(maximum: 10, wait: .milliseconds(300)).isEmpty)
      try await consumer.close()
      await connection.close()
    }
  }

  /// Each kind of message, from each topic that it may have been rejected in.
  @Test func eachMessageGoesWhereItBelongs() throws {
    let topics = Topics(prefix: "p-")
    func bytes(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
      var writer = JSONWriter()
      write(&writer)
      return writer.bytes
    }
    let sample = Sample(id: "s1", task: "toy", text: "x", label: "the truth")
    let answer = Answer(
      sample: sample, reply: .label("the model's"), confidence: 0.5, answeredBy: .large, modelVersion: "v",
      threshold: nil,
      distribution: LabelDistribution(top: [], rest: 1), routedAt: .now, answeredAt: .now, keepsInput: true)
    let hard = HardSample(sample: sample, predictions: [], routedAt: .now)
    let odd = Array(#"{"id":"s1","task":"toy","text":"x","answered_by":"me","model_version":7,"sample":1}"#.utf8)
    let cases: [(payload: [UInt8], from: String, to: String)] = [
      (bytes(sample.write), topics.samples.name, topics.samples.name),
      (bytes(sample.write), topics.hard.name, topics.samples.name),
      (bytes(sample.write), "elsewhere", topics.samples.name), (odd, topics.samples.name, topics.samples.name),
      (bytes(hard.write), topics.hard.name, topics.hard.name), (bytes(hard.write), "elsewhere", topics.hard.name),
      (bytes(answer.write), topics.results.name, topics.results.name),
      (bytes(answer.write), "elsewhere", topics.results.name),
    ]
    for (payload, origin, destination) in cases {
      let row = RejectionRow(
        topic: origin, partition: 0, offset: 1, reason: "r", payload: payload,
        rejectedAt: Date(timeIntervalSince1970: 0))
      let record = try RejectionReplay.record(of: row, topics)
      #expect(record.topic == destination && record.key == "s1", "\(origin): \(record)")
    }
    // An answer that is still none, even where it could be read as a sample, and a rejection.
    let late = Array(#"{"id":"s1","task":"toy","text":"x","label":"the model's","answered_at":"never"}"#.utf8)
    for (payload, origin) in [(late, topics.results.name), (bytes(sample.write), topics.rejected.name)] {
      let row = RejectionRow(
        topic: origin, partition: 0, offset: 1, reason: "r", payload: payload,
        rejectedAt: Date(timeIntervalSince1970: 0))
      #expect(throws: ReplayRefusal.self) { try RejectionReplay.record(of: row, topics) }
    }
  }
}
