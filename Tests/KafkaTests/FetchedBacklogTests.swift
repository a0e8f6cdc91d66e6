import TestSupport
import Testing

@testable import Kafka

@Suite(.ownTopics) struct FetchedBacklogTests {
  @Test func eachHalvingOfWhatWasReadyAsksOnce() {
    var backlog = FetchedBacklog()
    let counts = [5000, 4000, 2501, 2500, 2400, 1249, 900, 3000, 1500]
    let answers = counts.map { backlog.hasDrained(to: $0) }
    #expect(answers == [false, false, false, true, false, true, false, false, true])
  }

  @Test func theComingAndGoingOfAQuietStreamAsksNothing() {
    var backlog = FetchedBacklog()
    let counts = [0, 10, 0, FetchedBacklog.smallestPeak - 1, 0, 0]
    #expect(counts.filter { backlog.hasDrained(to: $0) } == [])
  }

  @Test func aQueueThatIsSmallerThanTheStreamLosesAndRepeatsNothing() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 3)
    let producer = try Producer(settings: cluster.settings)
    let count = 30_000
    for start in stride(from: 0, to: count, by: 1000) {
      var batch = OutgoingBatch()
      for number in start..<start + 1000 { batch.append(to: topic, key: "\(number)", value: "\(number)") }
      try await producer.publish(batch)
    }
    var options = ConsumerOptions()
    options.queuedMinimumMessages = 2 * FetchedBacklog.smallestPeak
    let consumer = try Consumer(
      settings: cluster.settings, group: cluster.unique("group"), topics: [topic], options: options)
    let numbers = try await consumer.collect(count).compactMap { Int($0.text) }
    #expect(numbers.sorted() == Array(0..<count))
    #expect(try await consumer.nextBatch(maximum: 10, wait: .milliseconds(100)).isEmpty)
  }
}
