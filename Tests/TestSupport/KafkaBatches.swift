import Kafka

extension KafkaCluster {
  /// A batch as a consumer takes it, of records that a test makes up, in their order.
  /// - Parameter topic: that all of them go to, with one partition.
  public func batch(of outgoing: OutgoingBatch, from topic: String) async throws -> ConsumedBatch {
    let producer = try Producer(settings: settings)
    try await producer.publish(outgoing)
    try await producer.close()
    var options = ConsumerOptions()
    // Long enough for all to come together.
    options.linger = .seconds(2)
    let consumer = try Consumer(settings: settings, group: unique("reader"), topics: [topic], options: options)
    var batch = try await consumer.nextBatch(maximum: outgoing.count, wait: .seconds(30))
    while batch.isEmpty { batch = try await consumer.nextBatch(maximum: outgoing.count, wait: .seconds(30)) }
    try await consumer.close()
    return batch
  }
}
