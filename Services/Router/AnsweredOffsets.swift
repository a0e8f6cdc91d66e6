import Kafka
import Synchronization

/// The offsets of answered batches, gathered until they are committed.
final class AnsweredOffsets: Sendable {
  /// Says that there is something to commit; ends after `endNews`.
  let news: AsyncStream<Void>
  private let tell: AsyncStream<Void>.Continuation
  private let offsets = Mutex<[TopicPartition: ConsumedPartition]>([:])

  init() { (news, tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  /// Adds an answered batch, in the order in which batches were taken.
  func add(_ partitions: [ConsumedPartition]) {
    offsets.withLock { offsets in
      for partition in partitions { offsets[partition.topicPartition] = partition }
    }
    tell.yield()
  }

  /// Takes the offsets of the partitions in `held`. Those answered in an earlier generation are forgotten: another
  /// router has had the partition since.
  func take(held generations: [TopicPartition: Int]) -> [TopicPartition: Int64] {
    offsets.withLock { offsets in
      var taken: [TopicPartition: Int64] = [:]
      for (partition, generation) in generations {
        guard let answered = offsets.removeValue(forKey: partition) else { continue }
        if answered.generation == generation { taken[partition] = answered.nextOffset }
      }
      return taken
    }
  }

  func endNews() { tell.finish() }
}
