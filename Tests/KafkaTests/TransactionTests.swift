import Kafka
import TestSupport
import Testing

@Suite(.ownTopics) struct TransactionTests {
  @Test func committedRecordsAndOffsetsBecomeVisibleTogether() async throws {
    let cluster = try KafkaCluster()
    let samples = try await cluster.topic("samples")
    let results = try await cluster.topic("results")
    let group = cluster.unique("router")
    var options = ProducerOptions()
    options.transactionalID = cluster.unique("router-0")
    let producer = try Producer(settings: cluster.settings, options: options)
    try await producer.initTransactions()
    try await producer.beginTransaction()
    var batch = OutgoingBatch()
    for number in 0..<10 { batch.append(to: samples, key: nil, value: "\(number)") }
    try await producer.publish(batch)
    try await producer.commitTransaction()

    let consumer = try Consumer(settings: cluster.settings, group: group, topics: [samples])
    let records = try await consumer.collect(10)
    try await producer.beginTransaction()
    batch.removeAll()
    for record in records { batch.append(to: results, key: nil, value: record.text + "!") }
    try await producer.publish(batch)
    let elsewhere = TopicPartition(topic: samples, partition: 99)
    try await producer.sendOffsets([records[9].partition: 10, elsewhere: 5], of: consumer)
    try await producer.commitTransaction()
    #expect(consumer.droppedCommits == 1)

    // The embedded broker does not store a transaction's offsets.
    if cluster.embedded == nil {
      let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [samples])
      #expect(progress.partitions[records[9].partition]?.committed == 10)
    }
    let reader = try Consumer(settings: cluster.settings, group: cluster.unique("reader"), topics: [results])
    #expect(try await reader.collect(10).map(\.text) == records.map { $0.text + "!" })
  }

  @Test func anAbortedTransactionCommitsNothing() async throws {
    let cluster = try KafkaCluster()
    let samples = try await cluster.topic("samples")
    let group = cluster.unique("router")
    var options = ProducerOptions()
    options.transactionalID = cluster.unique("router-0")
    let producer = try Producer(settings: cluster.settings, options: options)
    try await producer.initTransactions()
    let consumer = try Consumer(settings: cluster.settings, group: group, topics: [samples])
    try await eventually("the partition is assigned") {
      _ = try await consumer.nextBatch(maximum: 1, wait: .milliseconds(100))
      return await !consumer.assignment.isEmpty
    }
    try await producer.beginTransaction()
    var batch = OutgoingBatch()
    batch.append(to: samples, key: nil, value: "never")
    try await producer.publish(batch)
    try await producer.abortTransaction()
    try await producer.beginTransaction()
    batch.removeAll()
    batch.append(to: samples, key: nil, value: "after")
    try await producer.publish(batch)
    try await producer.commitTransaction()
    let seen = try await consumer.collect { $0.contains { $0.text == "after" } }
    // The embedded broker does not isolate transactions.
    if cluster.embedded == nil { #expect(seen.map(\.text) == ["after"]) }
    let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [samples])
    #expect(progress.partitions.values.allSatisfy { $0.committed == nil })
  }

  @Test func outOfTurnCallsThrow() async throws {
    let cluster = try KafkaCluster()
    let plain = try Producer(settings: cluster.settings)
    let error = try await #require(throws: KafkaError.self) { try await plain.beginTransaction() }
    #expect(error.code == "_NOT_CONFIGURED")
    var options = ProducerOptions()
    options.transactionalID = cluster.unique("router-0")
    let producer = try Producer(settings: cluster.settings, options: options)
    let early = try await #require(throws: KafkaError.self) { try await producer.commitTransaction() }
    #expect(early.code == "_STATE")
    #expect(!early.isRetriable)
  }

  @Test(.enabled(if: KafkaCluster.external != nil, "needs a real broker: set SHUNT_TEST_KAFKA=host:port"))
  func markersAndAbortedRecordsAreNoGaps() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    var options = ProducerOptions()
    options.transactionalID = cluster.unique("router-0")
    let producer = try Producer(settings: cluster.settings, options: options)
    try await producer.initTransactions()
    for number in 0..<20 {
      try await producer.beginTransaction()
      var batch = OutgoingBatch()
      for _ in 0..<20 { batch.append(to: topic, key: nil, value: "\(number)") }
      try await producer.publish(batch)
      if number % 2 == 0 { try await producer.commitTransaction() } else { try await producer.abortTransaction() }
    }
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    let seen = try await consumer.collect(200)
    #expect(Set(seen.map(\.text)).count == 10)
    #expect(consumer.condition == .working)
  }
}
