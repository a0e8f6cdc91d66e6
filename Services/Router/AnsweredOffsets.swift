import Concurrency
import Kafka
import Synchronization

/// The offsets of answered batches, gathered until they are committed.
final class AnsweredOffsets: Sendable {
  /// Says that there is something to commit; ends with `endNews`.
  let news = Signal()
  private let offsets = Mutex<[TopicPartition: ConsumedPartition]>([:])

  /// Adds an answered batch, in the order in which batches were taken.
  func add(_ partitions: [ConsumedPartition]) {
    offsets.withLock { offsets in
      for partition in partitions { offsets[partition.topicPartition] = partition }
    }
    news.give()
  }

  /// The offsets of the partitions in `held` that were answered in that generation: since an earlier one another router
  /// has had the partition.
  func offsets(held generations: [TopicPartition: Int]) -> [TopicPartition: Int64] {
    offsets.withLock { $0.values.nextOffsets(held: generations) }
  }

  /// Leaves out what is committed now, unless more was answered since.
  func forget(_ committed: [TopicPartition: Int64]) {
    offsets.withLock { offsets in
      for (partition, offset) in committed where offsets[partition]?.nextOffset == offset { offsets[partition] = nil }
    }
  }

  func endNews() { news.end() }
}
