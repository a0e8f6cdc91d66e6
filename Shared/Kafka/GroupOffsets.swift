import CLibrdkafka
import Synchronization

/// Offsets that a consumer commits to its group: of what it holds, and no longer of what it had to give up.
final class GroupOffsets: Sendable {
  private let handle: ClientHandle
  private let membership: GroupMembership
  private let dropped = Atomic<Int>(0)

  init(_ handle: ClientHandle, _ membership: GroupMembership) {
    self.handle = handle
    self.membership = membership
  }

  /// How many offsets were not committed because their partitions were no longer the consumer's.
  var droppedCount: Int { dropped.load(ordering: .relaxed) }

  /// Commits once, and waits for the coordinator. Only on the consumer's thread.
  /// - Returns: whether it is settled; `false` asks for another try.
  func commit(_ offsets: [TopicPartition: Int64], isLastTry: Bool) throws -> Bool {
    try handle.checkFatal()
    let held = offsets.filter { membership.generations[$0.key] != nil }
    do {
      let refused = try OffsetCommit.perform(handle.pointer, held)
      // A rebalance just over refuses the former generation, though this member may have kept its partitions.
      let isOver = refused.isEmpty || isLastTry || rd_kafka_assignment_lost(handle.pointer) != 0
      if isOver { noteDropped(offsets.count - held.count, refused) }
      return isOver
    } catch let error as KafkaError where error.isRetriable && !isLastTry {
      return false
    }
  }

  private func noteDropped(_ notHeld: Int, _ refused: [TopicPartition: String]) {
    dropped.add(notHeld + refused.count, ordering: .relaxed)
    if !refused.isEmpty { handle.events.logger.warning("no longer ours, not committed: \(refused)") }
  }

  /// What a producer's transaction needs to commit for the consumer: the offsets of partitions still held, and the
  /// group's state. Blocks, though not for the consumer's thread, which may be waiting for the transaction.
  func forTransaction(
    _ choose: @Sendable (_ held: [TopicPartition: Int]) -> [TopicPartition: Int64]
  ) throws -> (offsets: [TopicPartition: Int64], group: GroupMetadata) {
    // First the group's state: where partitions are lost after it, the coordinator refuses it.
    let group = try GroupMetadata(handle)
    let generations = membership.generations
    let offsets = choose(generations)
    let held = offsets.filter { generations[$0.key] != nil }
    dropped.add(offsets.count - held.count, ordering: .relaxed)
    return (held, group)
  }
}
