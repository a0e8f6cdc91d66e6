import Kafka
import Messages
import Streams
import TestSupport
import Testing

@testable import LargeModelWorker

@Suite(.ownTopics) struct HardSampleReaderTests {
  @Test func readsHardSamplesAndRejectsTheRest() async throws {
    let cluster = try KafkaCluster()
    let topics = Topics(prefix: cluster.unique("hard") + "-")
    try await cluster.create(topics.hard.name)
    var outgoing = OutgoingBatch()
    let sample = Sample(id: "1", task: "t", text: "x")
    outgoing.append(HardSample(sample: sample, predictions: [], routedAt: .now), to: topics.hard)
    outgoing.append(to: topics.hard.name, key: "2", value: #"{"sample":{"id":"2","task":"t"},"routed_at":1}"#)
    let batch = try await cluster.batch(of: outgoing, from: topics.hard.name)

    let reader = try HardSampleReader(topics: topics)
    let reading = reader.read(batch)
    #expect(reading.items.map(\.hard.sample) == [sample] && reading.items[0].size > 0)
    #expect(reading.rejected.map(\.index) == [1] && reading.rejected[0].offset == 1)
    #expect(reading.rejected[0].reason == "field \"text\" is missing; it must be a string")
    let rejection = try Array(reading.rejections.value(of: 0)).withUnsafeBytes {
      try MessageDecoder().decode($0, as: Rejection.self)
    }
    #expect(rejection.id == "2" && rejection.task == "t" && rejection.topic == topics.hard.name)
    let small = try Array(reader.smallRejections(of: [0], in: reading, of: batch).value(of: 0)).withUnsafeBytes {
      try MessageDecoder().decode($0, as: Rejection.self)
    }
    #expect(small.id == "2" && small.reason.contains("so its bytes are cut"))
  }
}
