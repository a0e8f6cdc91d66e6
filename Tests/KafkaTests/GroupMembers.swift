import Kafka

extension ConsumerOptions {
  /// So that a group finds a member's death within a test's time.
  static func quickSession(instance: String? = nil) -> ConsumerOptions {
    var options = ConsumerOptions()
    options.sessionTimeout = .seconds(6)
    options.instanceID = instance
    return options
  }
}

/// Publishes numbers, each as key and value.
func publish(_ range: Range<Int>, to topic: String, _ producer: Producer) async throws {
  var batch = OutgoingBatch()
  for number in range { batch.append(to: topic, key: "\(number)", value: "\(number)") }
  try await producer.publish(batch)
}
