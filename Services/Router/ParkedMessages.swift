import Kafka
import Messages
import Synchronization

/// Messages that wait for a model of their task, or for their images: kept in memory until then, while others go on. No offset
/// moves past them, so a router that ends in between leaves them to its successor.
final class ParkedMessages: Sendable {
  /// A task's messages of one batch.
  struct Parcel: Sendable {
    let task: String
    let batch: ConsumedBatch
    let places: [Int]
    /// Of the whole batch, which stays in memory.
    let batchBytes: Int
    /// Not before then.
    let due: ContinuousClock.Instant

    fileprivate func with(_ places: [Int]) -> Parcel {
      Parcel(task: task, batch: batch, places: places, batchBytes: batchBytes, due: due)
    }
  }

  private struct Partition {
    let generation: Int
    var waiting: Set<Int64> = []
    /// One past the last message of the batches whose turn to commit has come.
    var next: Int64 = 0
  }

  private struct State {
    var parcels: [Parcel] = []
    var partitions: [TopicPartition: Partition] = [:]
    var isPaused = false

    mutating func change(_ partition: ConsumedPartition, _ body: (inout Partition) -> Void) {
      var known = partitions[partition.topicPartition] ?? Partition(generation: partition.generation)
      // What was taken before the partition went and came back is taken again.
      if known.generation > partition.generation { return }
      if known.generation < partition.generation { known = Partition(generation: partition.generation) }
      body(&known)
      partitions[partition.topicPartition] = known
    }

    /// - Returns: the partition up to where it may be committed; `nil` where nothing waits or waited in it.
    mutating func advance(_ partition: ConsumedPartition) -> ConsumedPartition? {
      guard var known = partitions[partition.topicPartition], known.generation == partition.generation else {
        return nil
      }
      known.next = max(known.next, partition.nextOffset)
      partitions[partition.topicPartition] = known.waiting.isEmpty ? nil : known
      return partition.with(nextOffset: min(known.next, known.waiting.min() ?? known.next))
    }
  }

  private let state = Mutex(State())

  /// So much may wait; a batch stays in memory as a whole while one of its messages does.
  static let (mostMessages, mostBytes) = (50_000, 64 << 20)

  /// Parks a batch's messages, by task. Called before the batch's offsets may be committed.
  /// - Parameter due: not to be taken before.
  func park(_ held: [String: [Int]], of batch: ConsumedBatch, until due: ContinuousClock.Instant = .now) {
    var bytes = 0
    batch.forEach { _, message in bytes += message.value?.count ?? 0 }
    state.withLock { state in
      for (task, places) in held {
        state.parcels.append(Parcel(task: task, batch: batch, places: places, batchBytes: bytes, due: due))
        for place in places {
          batch.withMessage(at: place) { message in
            let (partition, offset) = (message.partition, message.offset)
            state.change(partition) { $0.waiting.insert(offset) }
          }
        }
      }
    }
  }

  /// The next messages that can be answered or rejected by a table; the caller finishes them.
  func take(by table: RoutingTable, at now: ContinuousClock.Instant = .now) -> Parcel? {
    state.withLock { state in
      let index = state.parcels.firstIndex { !table.isHeld($0.task) && $0.due <= now }
      guard let index else { return nil }
      return state.parcels.remove(at: index)
    }
  }

  /// Forgets what waits of partitions that went: their next owner takes it again.
  /// - Returns: the tasks of which something waited, and now nothing does.
  func keep(held generations: [TopicPartition: Int]) -> Set<String> {
    state.withLock { state in
      let before = Set(state.parcels.map(\.task))
      state.partitions = state.partitions.filter { generations[$0.key] == $0.value.generation }
      let partitions = state.partitions
      state.parcels = state.parcels.compactMap { parcel in
        let places = parcel.places.filter { place in
          parcel.batch.withMessage(at: place) {
            partitions[$0.partition.topicPartition]?.generation == $0.partition.generation
          }
        }
        return places.isEmpty ? nil : parcel.with(places)
      }
      return before.subtracting(state.parcels.map(\.task))
    }
  }

  /// What may be committed of a batch's partitions once its turn has come: nothing behind a message that waits.
  func committable(of batch: ConsumedBatch) -> [ConsumedPartition] {
    state.withLock { state in
      if state.partitions.isEmpty { return batch.partitions }
      return batch.partitions.map { state.advance($0) ?? $0 }
    }
  }

  /// What may be committed once a parcel's turn has come: all before the next message that waits, of the batches whose turn
  /// has come.
  /// - Parameter again: the places of messages that were parked again.
  func committable(of parcel: Parcel, except again: Set<Int>) -> [ConsumedPartition] {
    state.withLock { state in
      for place in parcel.places where !again.contains(place) {
        parcel.batch.withMessage(at: place) { message in
          let (partition, offset) = (message.partition, message.offset)
          state.change(partition) { $0.waiting.remove(offset) }
        }
      }
      // Where nothing waited, later batches may have been committed.
      return parcel.batch.partitions.compactMap { state.advance($0) }
    }
  }

  /// What is to be done to the flow of messages.
  enum Flow { case pause, resume, leave }

  /// Pauses, again and again because partitions come, while too much waits, and resumes once.
  func regulate() -> Flow {
    state.withLock { state in
      let messages = state.parcels.reduce(0) { $0 + $1.places.count }
      let bytes = state.parcels.reduce(0) { $0 + $1.batchBytes }
      let isFull = messages >= Self.mostMessages || bytes >= Self.mostBytes
      defer { state.isPaused = isFull }
      return isFull ? .pause : state.isPaused ? .resume : .leave
    }
  }
}
