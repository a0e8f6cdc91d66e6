import Kafka
import TestSupport

/// A batch as a consumer takes it, of messages that a test makes up.
func consumed(_ outgoing: OutgoingBatch, from topics: Set<String>, on cluster: KafkaCluster) async throws
  -> ConsumedBatch
{
  let producer = try Producer(settings: cluster.settings)
  try await producer.publish(outgoing)
  try await producer.close()
  var options = ConsumerOptions()
  // Long enough for all to come together.
  options.linger = .seconds(2)
  let consumer = try Consumer(
    settings: cluster.settings, group: cluster.unique("reader"), topics: Array(topics), options: options)
  var batch = try await consumer.nextBatch(maximum: outgoing.count, wait: .seconds(30))
  while batch.isEmpty { batch = try await consumer.nextBatch(maximum: outgoing.count, wait: .seconds(30)) }
  try await consumer.close()
  return batch
}
