import Kafka
import Testing
import TestSupport

@Suite(.ownTopics) struct RoundtripTests {
  @Test func keysHeadersTombstonesAndBinaryComeBackAsTheyWent() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let producer = try Producer(settings: cluster.settings)
    let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let headers = [RecordHeader("version", "1"), RecordHeader("empty", []), RecordHeader("none", nil)]
    var batch = OutgoingBatch()
    batch.append(to: topic, key: "one", value: "text", headers: headers)
    batch.append(to: topic, key: [0, 255, 10], value: [UInt8]?([0, 1, 2, 0, 255]))
    batch.append(to: topic, key: "gone".utf8, value: [UInt8]?.none)
    batch.append(to: topic, key: [UInt8]?.none, value: [UInt8]?([]))
    batch.append(to: topic, key: [UInt8]?([]), value: large)
    try await producer.publish(batch)

    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    let records = try await consumer.collect(5)
    #expect(records.map(\.offset) == [0, 1, 2, 3, 4])
    #expect(records.map(\.key) == [Array("one".utf8), [0, 255, 10], Array("gone".utf8), nil, []])
    #expect(records.map(\.value) == [Array("text".utf8), [0, 1, 2, 0, 255], nil, [], large])
    #expect(records.map(\.headers) == [headers, [], [], [], []])
    #expect(records.allSatisfy { ($0.timestamp ?? 0) > 1_700_000_000_000 })
    try await consumer.close()
    try await producer.close()
  }

  @Test func headersAreFoundByName() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    let producer = try Producer(settings: cluster.settings)
    var batch = OutgoingBatch()
    batch.append(
      to: topic, key: nil, value: "x", headers: [RecordHeader("version", "1"), RecordHeader("version", "2")])
    try await producer.publish(batch)
    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    var versions: [[UInt8]?] = []
    while versions.isEmpty {
      try await consumer.nextBatch(maximum: 1, wait: .seconds(1)).forEach { _, message in
        versions = [message.header("version").map { Array($0) }, message.header("absent").map { Array($0) }]
      }
    }
    #expect(versions == [Array("2".utf8), nil])
  }

  @Test func aBatchKeepsEachPartitionsOrderAndSaysWhatToCommit() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 4)
    let producer = try Producer(settings: cluster.settings)
    var batch = OutgoingBatch()
    for number in 0..<2000 { batch.append(to: topic, key: "key \(number % 50)", value: "\(number)") }
    try await producer.publish(batch)
    batch.removeAll()
    #expect(batch.isEmpty && batch.byteCount == 0)

    let consumer = try Consumer(settings: cluster.settings, group: cluster.unique("group"), topics: [topic])
    var next: [TopicPartition: Int64] = [:]
    var seen: [TopicPartition: [Int]] = [:]
    while seen.values.reduce(0, { $0 + $1.count }) < 2000 {
      let consumed = try await consumer.nextBatch(maximum: 300, wait: .seconds(1))
      #expect(consumed.count <= 300)
      #expect(consumed.partitions.reduce(0) { $0 + $1.count } == consumed.count)
      for record in consumed.records() { seen[record.partition, default: []].append(Int(record.text) ?? -1) }
      next.merge(consumed.nextOffsets, uniquingKeysWith: max)
    }
    #expect(seen.keys.count == 4)
    #expect(seen.values.allSatisfy { $0 == $0.sorted() })
    #expect(next == seen.mapValues { Int64($0.count) })
  }
}
