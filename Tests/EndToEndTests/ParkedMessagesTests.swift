import Kafka
import Messages
import Streams
import TestSupport
import Testing

@testable import Router

@Suite(.ownTopics) struct ParkedMessagesTests {
  @Test("Where partitions go, those tasks are named of which nothing waits any more")
  func partitionsGo() async throws {
    let cluster = try KafkaCluster()
    let topic = cluster.unique("parked")
    try await cluster.create(topic)
    var outgoing = OutgoingBatch()
    for number in 0..<4 { outgoing.append(to: topic, key: "k".utf8, value: Array("\(number)".utf8)) }
    let batch = try await cluster.batch(of: outgoing, from: topic)
    let partition = try #require(batch.partitions.first)
    let held = [partition.topicPartition: partition.generation]
    let parked = ParkedMessages()
    parked.park(["pears": [0, 1], "apples": [2]], of: batch)
    #expect(parked.keep(held: held).isEmpty)
    #expect(parked.take(by: RoutingTable())?.places.isEmpty == false)
    #expect(parked.keep(held: [partition.topicPartition: partition.generation + 1]).count == 1)
    #expect(parked.take(by: RoutingTable()) == nil)
    #expect(parked.keep(held: [:]).isEmpty)
  }
}
