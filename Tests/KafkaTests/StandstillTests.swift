import CLibrdkafka
import TestSupport
import Testing

@testable import Kafka

private func publish(_ range: Range<Int>, to topic: String, _ cluster: KafkaCluster) async throws {
  var batch = OutgoingBatch()
  for number in range { batch.append(to: topic, key: "\(number)", value: "\(number)", partition: Int32(number % 2)) }
  try await Producer(settings: cluster.settings).publish(batch)
}

/// Partitions that would stand still although their log goes on.
@Suite(.ownTopics) struct StandstillTests {
  /// The last messages are the ones that no later message shows to be missing.
  @Test func theEndThatLibrdkafkaPassesOverIsReadAgain() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    try await publish(0..<4, to: topic, cluster)
    #expect(try await consumer.collect(4).count == 4)
    try await publish(4..<10, to: topic, cluster)
    let ends = PartitionList(offsets: [TopicPartition(topic: topic, partition: 0): 5])
    let error = rd_kafka_seek_partitions(consumer.handle.pointer, ends.pointer, 10_000)
    #expect(error == nil)
    #expect(try await consumer.collect(6).map(\.text).sorted() == ["4", "5", "6", "7", "8", "9"])
  }

  /// librdkafka before 2.4 throws away what it has fetched of a partition that is resumed without being paused.
  @Test func aPartitionThatIsResumedWithoutAPauseLosesNothing() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    try await publish(0..<100, to: topic, cluster)
    var taken: [String] = []
    while taken.count < 10 {
      taken += try await consumer.nextBatch(maximum: 1, wait: .seconds(1)).records().map(\.text)
    }
    try await consumer.resume([0, 1].map { TopicPartition(topic: topic, partition: $0) })
    taken += try await consumer.collect(90).map(\.text)
    #expect(Set(taken) == Set((0..<100).map { "\($0)" }) && taken.count == 100)
  }

  /// librdkafka keeps the pause of a partition that goes and comes back.
  @Test func aPartitionThatWentWhilePausedFlowsWhenItComesBack() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    let both = Set([0, 1].map { TopicPartition(topic: topic, partition: $0) })
    /// All are asked, for a member that is not polled does not join again.
    func poll(_ members: [Consumer], until counts: [Int]) async throws {
      try await eventually("\(counts)") {
        var held: [Int] = []
        for member in members {
          _ = try await member.nextBatch(maximum: 1, wait: .milliseconds(20))
          held.append(await member.assignment.count)
        }
        return held == counts
      }
    }
    let stayer = try Consumer(settings: cluster.settings, group: group, topics: [topic])
    try await poll([stayer], until: [2])
    try await stayer.pause(both)
    let guest = try Consumer(settings: cluster.settings, group: group, topics: [topic])
    try await poll([stayer, guest], until: [1, 1])
    try await stayer.resume(await stayer.assignment.keys)
    async let leaving: Void = guest.close()
    try await poll([stayer], until: [2])
    try await leaving
    try await publish(0..<10, to: topic, cluster)
    #expect(try await stayer.collect(10).count == 10)
  }
}
