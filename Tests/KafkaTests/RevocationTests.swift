import Synchronization
import TestSupport
import Testing

@testable import Kafka

/// What becomes of the offsets of partitions that go.
@Suite(.ownTopics) struct RevocationTests {
  @Test func beforeRevocationTheHandlersOffsetsAreCommittedAndAfterItNoneAre() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    let producer = try Producer(settings: cluster.settings)
    var batch = OutgoingBatch()
    for partition: Int32 in 0..<2 {
      for number in 0..<10 { batch.append(to: topic, key: nil, value: "\(number)", partition: partition) }
    }
    try await producer.publish(batch)
    let asked = Mutex<[TopicPartition]>([])
    let first = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession()) {
      gone in
      asked.withLock { $0 += gone.keys }
      return gone.mapValues { _ in 3 }
    }
    #expect(try await first.collect(20).count == 20)
    let second = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
    var rebalances: [Rebalance] = []
    var taken: [KafkaRecord] = []
    try await eventually("each has one") {
      rebalances += try await first.nextBatch(maximum: 10, wait: .milliseconds(50)).rebalances
      taken += try await second.nextBatch(maximum: 10, wait: .milliseconds(50)).records()
      return await first.assignment.count == 1 && taken.count == 7
    }
    let gone = asked.withLock { $0 }
    #expect(gone.count == 1)
    #expect(rebalances == [.revoked(gone)])
    #expect(taken.allSatisfy { $0.partition == gone[0] })
    #expect(taken.map(\.offset) == Array(3..<10))
    try await first.commit([gone[0]: 9])
    #expect(first.droppedCommits == 1)
    let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [topic])
    #expect(progress.partitions[gone[0]]?.committed == 3)
  }

  @Test(arguments: [true, false]) func aHandlerThatTakesTooLongHasALastWord(saysIt: Bool) async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    var options = ConsumerOptions.quickSession()
    options.revokeDeadline = .milliseconds(100)
    let (cancelled, signal) = AsyncStream<Void>.makeStream()
    let (closed, gate) = AsyncStream<Void>.makeStream()
    let group = cluster.unique("group")
    let consumer = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: options) { gone in
      await withTaskCancellationHandler {
        for await _ in AsyncStream<Void>.makeStream().stream {}
      } onCancel: {
        signal.finish()
      }
      // A task of its own is not cancelled with this one.
      if !saysIt { await Task { for await _ in closed {} }.value }
      return gone.mapValues { _ in 1 }
    }
    try await eventually("assigned") {
      _ = try await consumer.nextBatch(maximum: 1, wait: .milliseconds(50))
      return await !consumer.assignment.isEmpty
    }
    try await consumer.close()
    gate.finish()
    for await _ in cancelled {}
    let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [topic])
    #expect(progress.partitions.values.allSatisfy { $0.committed == (saysIt ? 1 : nil) })
  }

  @Test func aMemberThatStopsPollingLosesItsPartitionsAndItsCommits() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let group = cluster.unique("group")
    let partition = TopicPartition(topic: topic, partition: 0)
    try await publish(0..<10, to: topic, Producer(settings: cluster.settings))
    var slowOptions = ConsumerOptions.quickSession()
    slowOptions.maximumPollInterval = .seconds(6)
    let slow = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: slowOptions)
    #expect(try await slow.collect(10).count == 10)
    let quick = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
    #expect(try await quick.collect(10).count == 10)
    try await slow.commit([partition: 10])
    #expect(slow.droppedCommits == 1)
    try await quick.commit([partition: 2])
    #expect(try await slow.nextBatch(maximum: 10, wait: .seconds(10)).rebalances.first == .lost([partition]))
    let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [topic])
    #expect(progress.partitions[partition]?.committed == 2)
  }

  @Test func pollingKeepsTheMembershipOverLongPauses() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let partition = TopicPartition(topic: topic, partition: 0)
    var options = ConsumerOptions.quickSession()
    options.maximumPollInterval = .seconds(6)
    let group = cluster.unique("group")
    let consumer = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: options)
    let producer = try Producer(settings: cluster.settings)
    try await publish(0..<1, to: topic, producer)
    #expect(try await consumer.collect(1).count == 1)
    try await consumer.pause([partition])
    let deadline = ContinuousClock.now + .seconds(8)
    while ContinuousClock.now < deadline {
      let batch = try await consumer.nextBatch(maximum: 10, wait: .seconds(1))
      #expect(batch.isEmpty && batch.rebalances.isEmpty)
    }
    try await consumer.commit([partition: 1])
    #expect(consumer.droppedCommits == 0)
  }
}
