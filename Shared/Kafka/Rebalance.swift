/// A change of what a consumer holds, as its group's coordinator ordered it.
public enum Rebalance: Sendable, Equatable {
  /// The partitions are this consumer's from here on. The generation tells this time of holding them from earlier ones.
  case assigned([TopicPartition], generation: Int)

  /// The partitions were given back, after the consumer's `onRevoke` had its say.
  case revoked([TopicPartition])

  /// The partitions were taken away before anything could be committed: others may be working on them already.
  case lost([TopicPartition])
}
