import Foundation
import Kafka
import TestSupport
import Testing

@Suite(.ownTopics) struct AdminTests {
  @Test func progressSaysHowFarAGroupHasCome() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 3)
    let group = cluster.unique("group")
    let admin = try Admin(settings: cluster.settings)
    let producer = try Producer(settings: cluster.settings)
    var batch = OutgoingBatch()
    for number in 0..<30 { batch.append(to: topic, key: nil, value: "x", partition: Int32(number % 2)) }
    try await producer.publish(batch)
    let before = try await admin.progress(of: group, in: [topic])
    #expect(before.lag == 30 && before.consumed == 0 && before.produced == 30)

    let consumer = try Consumer(settings: cluster.settings, group: group, topics: [topic])
    #expect(try await consumer.collect(30).count == 30)
    let first = TopicPartition(topic: topic, partition: 0)
    try await consumer.commit([first: 4])
    let after = try await admin.progress(of: group, in: [topic])
    #expect(after.partitions[first] == PartitionProgress(committed: 4, low: 0, high: 15))
    #expect(after.lag == 26 && after.consumed == 4)
    #expect(after.partitions[TopicPartition(topic: topic, partition: 2)]?.lag == 0)
  }

  /// As on a brand-new cluster: librdkafka 2.0.2 crashed the process, asked by a producer's handle.
  @Test(
    .onEmbeddedBroker,
    arguments: ["COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS", "_TRANSPORT"])
  func progressWaitsForACoordinatorThatIsNotThereYet(code: String) async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let admin = try Admin(settings: cluster.settings)
    try #require(cluster.embedded).failNext(.offsetFetch, with: [code, code, code, code, code])
    let progress = try await admin.progress(of: cluster.unique("group"), in: [topic])
    #expect(progress.partitions.values.map(\.committed) == [nil])
  }

  @Test func aTopicThatIsNotThereIsAnError() async throws {
    let cluster = try KafkaCluster()
    let admin = try Admin(settings: cluster.settings)
    let error = try await #require(throws: KafkaError.self) {
      _ = try await admin.progress(of: "group", in: ["absent"])
    }
    #expect(error.code == "UNKNOWN_TOPIC_OR_PART")
    #expect(error.message.contains("absent"))
  }

  @Test func creatingWhatExistsDoesNothing() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 3)
    let admin = try Admin(settings: cluster.settings)
    try await admin.createTopics([NewTopic(name: topic, partitions: 5)])
    #expect(try await admin.topics()[topic] == 3)
  }

  @Test(.onEmbeddedBroker) func anEmbeddedBrokerRefusesAdminRequests() async throws {
    let broker = try EmbeddedBroker()
    let admin = try Admin(settings: broker.settings)
    await #expect(throws: KafkaError.self) {
      try await admin.createTopics([NewTopic(name: "samples", partitions: 5)], timeout: .seconds(1))
    }
    await #expect(throws: KafkaError.self) { try await admin.deleteTopics(["samples"], timeout: .seconds(1)) }
  }

  @Test(.enabled(if: KafkaCluster.external != nil, "needs a real broker: set SHUNT_TEST_KAFKA=host:port"))
  func topicsAreCreatedAndDeleted() async throws {
    let cluster = try KafkaCluster()
    let admin = try Admin(settings: cluster.settings)
    let topic = cluster.unique("created")
    let wanted = NewTopic(name: topic, partitions: 3, configuration: ["retention.ms": "60000"])
    try await admin.createTopics([wanted])
    try await eventually("it is there") { try await admin.topics()[topic] == 3 }
    try await admin.deleteTopics([topic, cluster.unique("absent")])
    try await eventually("it is gone") { try await admin.topics()[topic] == nil }
    let error = try await #require(throws: KafkaError.self) {
      let bad = NewTopic(name: topic, partitions: 1, configuration: ["no.such.setting": "1"])
      try await admin.createTopics([bad])
    }
    #expect(error.message.contains(topic))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kcat"), "kcat is not installed"))
  func anotherProcessUsesTheSameBroker() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let pipe = Pipe()
    let kcat = Process()
    kcat.executableURL = URL(fileURLWithPath: "/usr/bin/kcat")
    kcat.arguments = ["-P", "-b", cluster.settings.brokers, "-t", topic, "-K", ":", "-H", "version=1"]
    kcat.standardInput = pipe
    try kcat.run()
    try pipe.fileHandleForWriting.write(contentsOf: Data("one:first\ntwo:second\n".utf8))
    try pipe.fileHandleForWriting.close()
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    let records = try await consumer.collect(2)
    #expect(records.map(\.text) == ["first", "second"])
    #expect(records.map(\.key) == [Array("one".utf8), Array("two".utf8)])
    #expect(records.map(\.headers) == Array(repeating: [RecordHeader("version", "1")], count: 2))
  }
}
