import CLibrdkafka
import Logging
import TestSupport
import Testing

@testable import Kafka

@Suite(.ownTopics) struct ConsumerTests {
  @Test func theNextMemberGoesOnWhereTheGroupCommitted() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let group = cluster.unique("group")
    let partition = TopicPartition(topic: topic, partition: 0)
    let producer = try Producer(settings: cluster.settings)
    try await publish(0..<10, to: topic, producer)
    let first = try Consumer(settings: cluster.settings, group: group, topics: [topic])
    #expect(try await first.collect(10).count == 10)
    try await first.commit([partition: 4])
    try await first.close()
    let second = try Consumer(settings: cluster.settings, group: group, topics: [topic])
    #expect(try await second.collect(6).map(\.text) == (4..<10).map { "\($0)" })
  }

  @Test func aPartitionThatIsNotHeldIsNeverCommitted() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    let consumer = try Consumer(settings: cluster.settings, group: group, topics: [topic])
    try await eventually("assigned") {
      _ = try await consumer.nextBatch(maximum: 1, wait: .milliseconds(100))
      return await consumer.assignment.count == 2
    }
    try await consumer.commit([
      TopicPartition(topic: topic, partition: 0): 0, TopicPartition(topic: topic, partition: 7): 3,
      TopicPartition(topic: "elsewhere", partition: 0): 3,
    ])
    #expect(consumer.droppedCommits == 2)
  }

  @Test func aPausedPartitionIsSilentWhilePollingGoesOn() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let producer = try Producer(settings: cluster.settings)
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    let still = TopicPartition(topic: topic, partition: 0)
    var batch = OutgoingBatch()
    for partition: Int32 in 0..<2 { batch.append(to: topic, key: nil, value: "first", partition: partition) }
    try await producer.publish(batch)
    #expect(try await consumer.collect(2).count == 2)

    try await consumer.pause([still])
    batch.removeAll()
    for partition: Int32 in 0..<2 { batch.append(to: topic, key: nil, value: "second", partition: partition) }
    try await producer.publish(batch)
    let loud = try await consumer.collect(1)
    #expect(loud.map(\.partition.partition) == [1])
    #expect(try await consumer.nextBatch(maximum: 10, wait: .milliseconds(300)).isEmpty)
    try await consumer.resume([still])
    let resumed = try await consumer.collect(1)
    #expect(resumed.map(\.partition) == [still])
    #expect(resumed.map(\.offset) == [1])
  }

  @Test func aBatchIsBoundedInBytesAndOneMessageAlwaysFits() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    var sent = OutgoingBatch()
    let sizes = [10, 10, 10, 5000, 10, 10]
    for size in sizes { sent.append(to: topic, key: "k", value: String(repeating: "x", count: size - 1)) }
    try await Producer(settings: cluster.settings).publish(sent)
    for bytes in [1, 20, 100, 5000] {
      let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("\(bytes)"), topics: [topic])
      var batches: [[Int64]] = []
      while batches.joined().count < sizes.count {
        let batch = try await consumer.nextBatch(maximum: 100, maximumBytes: bytes, wait: .seconds(1))
        let records = batch.records()
        guard let last = records.last else { continue }
        let before = records.dropLast().reduce(0) { $0 + sizes[Int($1.offset)] }
        #expect(before < bytes, "\(last.offset) was added to \(before) bytes")
        batches.append(records.map(\.offset))
      }
      #expect(batches.joined().elementsEqual(0..<6))
      try await consumer.close()
    }
  }

  @Test func aCommitDoesNotWaitForAPollThatIsWaiting() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let producer = try Producer(settings: cluster.settings)
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    try await publish(0..<1, to: topic, producer)
    #expect(try await consumer.collect(1).count == 1)
    let polling = Task { try await consumer.nextBatch(maximum: 10, wait: .seconds(3600)).count }
    try await consumer.commit([TopicPartition(topic: topic, partition: 0): 1])
    try await publish(1..<2, to: topic, producer)
    #expect(try await polling.value == 1)
  }

  /// A wake that came just before the poll began to wait was once used up unheard, and commit and poll hung.
  @Test func noWakeIsSleptThroughHoweverItMeetsThePoll() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    try await publish(0..<1, to: topic, Producer(settings: cluster.settings))
    #expect(try await consumer.collect(1).count == 1)
    for _ in 0..<200 {
      let polling = Task { try await consumer.nextBatch(maximum: 10, wait: .seconds(3600)).count }
      try await consumer.commit([TopicPartition(topic: topic, partition: 0): 1])
      polling.cancel()
      await #expect(throws: CancellationError.self) { try await polling.value }
    }
  }

  @Test func aCancelledPollThrowsAtOnce() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    let polling = Task {
      while true { _ = try await consumer.nextBatch(maximum: 10, wait: .seconds(3600)) }
    }
    polling.cancel()
    await #expect(throws: CancellationError.self) { try await polling.value }
  }

  @Test func aClosedConsumerRefuses() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    try await consumer.close()
    try await consumer.close()
    let error = try await #require(throws: KafkaError.self) {
      _ = try await consumer.nextBatch(maximum: 1, wait: .zero)
    }
    #expect(error.code == "_DESTROY")
    await #expect(throws: KafkaError.self) {
      try await consumer.commit([TopicPartition(topic: topic, partition: 0): 1])
    }
  }

  @Test func aBatchOutlivesItsConsumer() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    try await publish(0..<100, to: topic, Producer(settings: cluster.settings))
    func consume() async throws -> ConsumedBatch {
      let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
      while true {
        let batch = try await consumer.nextBatch(maximum: 100, wait: .seconds(1))
        if !batch.isEmpty {
          try await consumer.close()
          return batch
        }
      }
    }
    let batch = try await consume()
    #expect(batch.records().map(\.text) == (0..<batch.count).map { "\($0)" })
  }

  @Test(.onEmbeddedBroker) func transientRefusalsAreOvercome() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    try await publish(0..<1, to: "samples", Producer(settings: broker.settings))
    try broker.failNext(.fetch, with: ["NOT_LEADER_FOR_PARTITION", "_TRANSPORT"])
    let consumer = try Consumer(settings: broker.settings, group: "group", topics: ["samples"])
    #expect(try await consumer.collect(1).count == 1)
  }

  @Test(.onEmbeddedBroker) func aRefusalForGoodIsThrown() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    try await publish(0..<1, to: "samples", Producer(settings: broker.settings))
    try broker.failNext(.fetch, with: ["TOPIC_AUTHORIZATION_FAILED"])
    let consumer = try Consumer(settings: broker.settings, group: "group", topics: ["samples"])
    let error = try await #require(throws: KafkaError.self) { _ = try await consumer.collect(2) }
    #expect(error.code == "TOPIC_AUTHORIZATION_FAILED")
  }

  /// As librdkafka does where it drops what it has noted as read.
  @Test(arguments: [1, 3, 50]) func whatLibrdkafkaPassesOverIsReadAgain(count: Int) async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    try await publish(0..<200, to: topic, Producer(settings: cluster.settings))
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    var taken = try await consumer.nextBatch(maximum: 10, wait: .seconds(30)).records()
    #expect(consumer.condition == .working)
    let thief = GroupMembership(onRevoke: nil, revokeDeadline: .zero, logger: Logger(label: "thief"))
    thief.gathered = GatheredMessages(maximum: count, maximumBytes: .max, expected: count)
    try consumer.queue.receive(into: thief) { .seconds(30) }
    for message in thief.takeGathered() { rd_kafka_message_destroy(message) }
    taken += try await consumer.collect(200 - taken.count)
    #expect(taken.map(\.text) == (0..<200).map { "\($0)" })
    #expect(consumer.condition == .limited("1 gaps of \(topic) were read again"))
  }

  @Test(.onEmbeddedBroker)
  func whatTheBrokerDeletedBeforeItWasReadIsCounted() async throws {
    let broker = try EmbeddedBroker(topics: ["samples": 1])
    var options = ProducerOptions()
    options.compression = .none
    let producer = try Producer(settings: broker.settings, options: options)
    let partition = TopicPartition(topic: "samples", partition: 0)
    try await publish(0..<10, to: "samples", producer)
    let first = try Consumer(settings: broker.settings, group: "group", topics: ["samples"])
    _ = try await first.collect(10)
    try await first.commit([partition: 5])
    try await first.close()
    let text = String(repeating: "x", count: 100_000)
    for number in 0..<80 {
      var batch = OutgoingBatch()
      batch.append(to: "samples", key: "\(number)", value: text + "\(number)")
      try await producer.publish(batch)
    }
    let second = try Consumer(settings: broker.settings, group: "group", topics: ["samples"])
    let records = try await second.collect { $0.last?.offset == 89 }
    let start = try #require(records.first?.offset)
    #expect(start > 10)
    #expect(records.map(\.offset) == Array(start..<90))
    #expect(
      second.condition == .limited("\(start - 5) offsets of samples were deleted before they were read"))
    // A group that had read nothing has lost nothing.
    let stranger = try Consumer(settings: broker.settings, group: "stranger", topics: ["samples"])
    _ = try await stranger.collect(1)
    #expect(stranger.condition == .working)
  }
}
