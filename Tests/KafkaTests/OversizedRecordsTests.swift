import Kafka
import TestSupport
import Testing

/// A record that no broker takes must cost nobody else anything.
@Suite(.timeLimit(.minutes(2))) struct OversizedRecordsTests {
  private let names = ["a", "b", "c", "d"]

  private func batch(to topic: String, large: Set<String> = []) -> OutgoingBatch {
    var batch = OutgoingBatch()
    for name in names {
      batch.append(to: topic, key: name, value: String(repeating: name, count: large.contains(name) ? 20_000 : 10))
    }
    return batch
  }

  private func keys(
    of topic: String, _ count: Int, _ settings: KafkaSettings, group: String = "reader"
  ) async throws -> [String] {
    let consumer = try Consumer(settings: settings, group: group, topics: [topic])
    let records = try await consumer.collect(count)
    #expect(try await consumer.nextBatch(maximum: 10, wait: .milliseconds(300)).isEmpty)
    try await consumer.close()
    return records.map { String(decoding: $0.key ?? [], as: UTF8.self) }.sorted()
  }

  /// What librdkafka itself refuses.
  @Test(arguments: [["b"], ["a", "d"], ["a", "b", "c", "d"], []]) func whatPassesTheClientsLimitIsNamed(
    large: [String]
  ) async throws {
    let broker = try EmbeddedBroker(topics: ["t": 1])
    var settings = broker.settings
    settings.properties["message.max.bytes"] = "10000"
    let producer = try Producer(settings: settings)
    let refused = try await OversizedRecords.publishOthers(of: batch(to: "t", large: Set(large)), by: producer)
    #expect(refused.map { names[$0] } == large)
    #expect(try await keys(of: "t", names.count - large.count, broker.settings) == names.filter { !large.contains($0) })
    try await producer.close()
  }

  /// What the broker refuses: the whole request first, then its records one by one.
  @Test(arguments: [(1, []), (2, [0]), (3, [0, 1]), (5, [0, 1, 2, 3])]) func whatPassesTheTopicsLimitIsFound(
    failures: Int, refused: [Int]
  ) async throws {
    let broker = try EmbeddedBroker(topics: ["t": 1])
    let producer = try Producer(settings: broker.settings)
    try broker.failNext(.produce, with: [String](repeating: "MSG_SIZE_TOO_LARGE", count: failures))
    #expect(try await OversizedRecords.publishOthers(of: batch(to: "t"), by: producer) == refused)
    let left = names.indices.filter { !refused.contains($0) }.map { names[$0] }
    #expect(try await keys(of: "t", left.count, broker.settings) == left)
    try await producer.close()
  }

  @Test func inTransactionsEachTryKnowsMore() async throws {
    let broker = try EmbeddedBroker(topics: ["t": 1])
    var settings = broker.settings
    settings.properties["message.max.bytes"] = "10000"
    var options = ProducerOptions()
    options.transactionalID = "oversized"
    let producer = try Producer(settings: settings, options: options)
    try await producer.initTransactions()
    var (oversized, tries) = (OversizedRecords(), 0)
    while true {
      tries += 1
      try await producer.beginTransaction()
      do {
        try await oversized.publishOthers(of: batch(to: "t", large: ["b", "d"]), inTransactionOf: producer)
        try await producer.commitTransaction()
        break
      } catch let error as KafkaError where error.isTooLarge {
        try await producer.abortTransaction()
      }
    }
    #expect(oversized.refused == [1, 3] && tries == 4)
    try await producer.close()
  }

  /// The limit is the topic's, and the client knows nothing of it.
  @Test(
    .enabled(if: KafkaCluster.external != nil, "needs a real broker: set SHUNT_TEST_KAFKA=host:port"),
    arguments: [false, true])
  func aRealBrokersTopicTakesTheOthers(isTransactional: Bool) async throws {
    let cluster = try KafkaCluster()
    let topic = cluster.unique("small")
    let small = NewTopic(name: topic, partitions: 1, configuration: ["max.message.bytes": "10000"])
    try await Admin(settings: cluster.settings).createTopics([small])
    var batch = OutgoingBatch()
    for name in names {
      // What can be compressed may fit.
      let bytes = (0..<(name == "c" ? 20_000 : 10)).map { _ in UInt8.random(in: 0...255) }
      batch.append(to: topic, key: name.utf8, value: Optional(bytes))
    }
    var options = ProducerOptions()
    options.transactionalID = isTransactional ? topic : nil
    let producer = try Producer(settings: cluster.settings, options: options)
    if isTransactional {
      try await producer.initTransactions()
      var oversized = OversizedRecords()
      while true {
        try await producer.beginTransaction()
        do {
          try await oversized.publishOthers(of: batch, inTransactionOf: producer)
          try await producer.commitTransaction()
          break
        } catch let error as KafkaError where error.isTooLarge {
          try await producer.abortTransaction()
        }
      }
      #expect(oversized.refused == [2])
    } else {
      #expect(try await OversizedRecords.publishOthers(of: batch, by: producer) == [2])
    }
    #expect(try await keys(of: topic, 3, cluster.settings, group: cluster.unique("reader")) == ["a", "b", "d"])
    try await producer.close()
    try await Admin(settings: cluster.settings).deleteTopics([topic])
  }

  @Test func aSelectionIsTheRecordsAsTheyWere() {
    var batch = batch(to: "t")
    batch.append(
      to: "u", key: [UInt8]?.none, value: [UInt8]?.none, partition: 3, headers: [RecordHeader("h", [1])])
    let selected = batch.selecting([4, 0])
    #expect(selected.count == 2 && selected.topic(of: 0) == "u" && selected.topic(of: 1) == "t")
    #expect(Array(selected.value(of: 1)) == Array(repeating: UInt8(ascii: "a"), count: 10))
    #expect(selected.value(of: 0).isEmpty)
  }
}
