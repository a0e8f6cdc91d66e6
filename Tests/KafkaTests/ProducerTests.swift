import Kafka
import TestSupport
import Testing

private func records(_ count: Int, to topic: String) -> OutgoingBatch {
  var batch = OutgoingBatch()
  for number in 0..<count { batch.append(to: topic, key: nil, value: "\(number)") }
  return batch
}

@Suite(.ownTopics) struct ProducerTests {
  @Test func aFullQueueIsWaitedOutAndNothingIsDropped() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    var options = ProducerOptions()
    options.maximumQueuedMessages = 100
    let producer = try Producer(settings: cluster.settings, options: options)
    try await withThrowingTaskGroup { group in
      for publisher in 0..<4 {
        group.addTask {
          var batch = OutgoingBatch()
          for number in 0..<2500 { batch.append(to: topic, key: "\(publisher)", value: "\(publisher) \(number)") }
          try await producer.publish(batch)
        }
      }
      try await group.waitForAll()
    }
    try await eventually("the queue is empty") { producer.queuedCount == 0 }
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    let texts = try await consumer.collect(10_000).map(\.text)
    for publisher in 0..<4 {
      #expect(texts.filter { $0.hasPrefix("\(publisher) ") } == (0..<2500).map { "\(publisher) \($0)" })
    }
  }

  @Test func failedRecordsAreNamedAndTheOthersArrive() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    var options = ProducerOptions()
    options.maximumMessageBytes = 10_000
    let producer = try Producer(settings: cluster.settings, options: options)
    var batch = OutgoingBatch()
    for number in 0..<6 {
      batch.append(to: topic, key: nil, value: String(repeating: "x", count: number % 3 == 1 ? 20_000 : 10))
    }
    let error = try await #require(throws: KafkaError.self) { try await producer.publish(batch) }
    #expect(error.code == "MSG_SIZE_TOO_LARGE")
    #expect(error.failedRecords == [1, 4])
    #expect(!error.isRetriable && !error.isFatal)
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    #expect(try await consumer.collect(4).count == 4)
  }

  @Test func anEncoderThatThrowsLeavesTheBatchAsItWas() throws {
    struct Refused: Error {}
    var batch = OutgoingBatch()
    batch.append(to: "samples", key: "a", value: "1")
    do {
      try batch.append(to: "samples", key: "b".utf8) { bytes throws(Refused) in
        bytes.append(1)
        throw Refused()
      }
      Issue.record("nothing was thrown")
    } catch {}
    #expect(batch.count == 1 && batch.byteCount == 2)
    batch.append(to: "samples", key: "c".utf8) { $0.append(contentsOf: "2".utf8) }
    #expect(batch.count == 2 && batch.byteCount == 4)
  }

  @Test func aClosedProducerRefuses() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let producer = try Producer(settings: cluster.settings)
    try await producer.close()
    try await producer.close()
    let batch = records(1, to: topic)
    let error = try await #require(throws: KafkaError.self) { try await producer.publish(batch) }
    #expect(error.code == "_DESTROY")
  }

  @Test(.onEmbeddedBroker) func closingInTimeFailsWhatABrokerThatIsDownDoesNotTake() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    let producer = try Producer(settings: broker.settings)
    let batch = records(10, to: "samples")
    try await producer.publish(batch)
    try broker.takeDown()
    let published = Task { try await producer.publish(batch) }
    try await eventually("the records are queued") { producer.queuedCount == 10 }
    await #expect(throws: KafkaError.self) { try await producer.close(timeout: .milliseconds(200)) }
    let error = try await #require(throws: KafkaError.self) { try await published.value }
    #expect(error.failedRecords == Array(0..<10))
    #expect(error.code.hasPrefix("_PURGE"))
  }

  @Test(.onEmbeddedBroker) func aBrokerThatGoesAndComesBackLosesNothing() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    let producer = try Producer(settings: broker.settings)
    let consumer = try Consumer(settings: broker.settings, group: "group", topics: ["samples"])
    let batch = records(100, to: "samples")
    try await producer.publish(batch)
    #expect(try await consumer.collect(100).count == 100)
    try broker.takeDown()
    let published = Task { try await producer.publish(batch) }
    try await eventually("the records are queued") { producer.queuedCount == 100 }
    try broker.bringUp()
    try await published.value
    #expect(try await consumer.collect(100).map(\.text) == (0..<100).map { "\($0)" })
  }

  @Test(.onEmbeddedBroker) func transientRefusalsAreRetriedAndLastingOnesThrown() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    let producer = try Producer(settings: broker.settings)
    let batch = records(1, to: "samples")
    try broker.failNext(.produce, with: ["NOT_LEADER_FOR_PARTITION", "_TRANSPORT"])
    try await producer.publish(batch)
    try broker.failNext(.produce, with: ["TOPIC_AUTHORIZATION_FAILED"])
    let error = try await #require(throws: KafkaError.self) { try await producer.publish(batch) }
    #expect(error.code == "TOPIC_AUTHORIZATION_FAILED")
    #expect(!error.isRetriable)
    #expect(throws: KafkaError.self) { try broker.failNext(.produce, with: ["NO_SUCH_CODE"]) }
  }

  /// A sequence that the broker takes for lost ends the producer.
  @Test(.onEmbeddedBroker) func aFatalErrorIsThrownFromThenOn() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    let producer = try Producer(settings: broker.settings)
    let batch = records(1, to: "samples")
    try broker.failNext(.produce, with: ["OUT_OF_ORDER_SEQUENCE_NUMBER"])
    let first = try await #require(throws: KafkaError.self) { try await producer.publish(batch) }
    #expect(first.failedRecords == [0])
    try await eventually("the error is fatal") {
      let error = try await #require(throws: KafkaError.self) { try await producer.publish(batch) }
      return error.isFatal && error.code == "OUT_OF_ORDER_SEQUENCE_NUMBER"
    }
  }
}
