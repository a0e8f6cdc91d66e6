import Foundation
import JSON
import Kafka
import Messages
import Postgres
import ResultStore
import TestSupport
import Testing

@testable import Deployment

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
      let consumer = try Consumer(settings: cluster.settings, group: "reader", topics: [topics.samples])
      let ids = try await consumer.collect(701).map { String(decoding: $0.key ?? [], as: UTF8.self) }
      #expect(Set(ids).count == 701)
      #expect(try await consumer.nextBatch(maximum: 10, wait: .milliseconds(300)).isEmpty)
      try await consumer.close()
      await connection.close()
    }
  }

  @Test func aSampleStartsAnewAndAHardSampleGoesBackToTheLargeModel() throws {
    let topics = Topics()
    #expect(try RejectionReplay.topic(of: row(1, payload: sample(1)), topics) == "samples")
    var writer = JSONWriter()
    HardSample(sample: Sample(id: "1", task: "toy", text: "x"), predictions: [], routedAt: .now).write(to: &writer)
    #expect(try RejectionReplay.topic(of: row(1, payload: writer.bytes), topics) == "hard")
  }
}
