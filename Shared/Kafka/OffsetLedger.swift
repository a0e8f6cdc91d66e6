/// Which offsets of which partitions are done, where work on them finishes in any order.
///
/// An offset may be committed once it and all begun before it on its partition are finished. A partition that is taken
/// away is forgotten; what finishes for it later is ignored, because its generation has passed.
public struct OffsetLedger: Sendable {
  private var partitions: [TopicPartition: Progress] = [:]

  /// A ledger that holds no partition.
  public init() {}

  /// How many begun offsets are not finished.
  public var unfinishedCount: Int { partitions.values.reduce(0) { $0 + $1.unfinishedCount } }

  /// Begins or forgets partitions as `rebalance` says.
  public mutating func apply(_ rebalance: Rebalance) {
    switch rebalance {
    case .assigned(let assigned, let generation):
      for partition in assigned { partitions[partition] = Progress(generation: generation) }
    case .revoked(let gone), .lost(let gone):
      for partition in gone { partitions[partition] = nil }
    }
  }

  /// Notes that work on an offset has begun. Offsets of a partition begin in ascending order; gaps are fine.
  /// - Returns: `false` if the partition is not held in this generation, or the offset does not ascend.
  @discardableResult
  public mutating func begin(_ partition: TopicPartition, offset: Int64, generation: Int) -> Bool {
    guard partitions[partition]?.generation == generation else { return false }
    return partitions[partition]?.begin(offset) ?? false
  }

  /// Notes that an offset is done: its outcome is stored.
  /// - Returns: `false` if the offset is not begun, already finished, or of another generation.
  @discardableResult
  public mutating func finish(_ partition: TopicPartition, offset: Int64, generation: Int) -> Bool {
    guard partitions[partition]?.generation == generation else { return false }
    return partitions[partition]?.finish(offset) ?? false
  }

  /// Per partition the offset to commit (one past the last that is contiguously done), where it moved since it was
  /// last marked as committed.
  public func committable() -> [TopicPartition: Int64] {
    partitions.compactMapValues { $0.next > $0.committed ? $0.next : nil }
  }

  /// What `committable` holds for `partitions` alone; for a consumer's `onRevoke`.
  public func committable(of partitions: some Sequence<TopicPartition>) -> [TopicPartition: Int64] {
    let wanted = Set(partitions)
    return committable().filter { wanted.contains($0.key) }
  }

  /// Notes that `offsets` are committed, so that `committable` leaves them out.
  public mutating func markCommitted(_ offsets: [TopicPartition: Int64]) {
    for (partition, offset) in offsets {
      partitions[partition]?.markCommitted(offset)
    }
  }
}

/// One partition's queue of begun offsets.
private struct Progress: Sendable {
  let generation: Int
  /// One past the last offset that is contiguously done; -1 while none is.
  private(set) var next: Int64 = -1
  private(set) var committed: Int64 = -1
  private(set) var unfinishedCount = 0
  /// Begun offsets, ascending, from the oldest unfinished at `head` on; those before it are done with.
  private var entries: [(offset: Int64, isDone: Bool)] = []
  private var head = 0
  private var lastBegun: Int64 = -1

  init(generation: Int) { self.generation = generation }

  mutating func begin(_ offset: Int64) -> Bool {
    guard offset > lastBegun else { return false }
    lastBegun = offset
    entries.append((offset, false))
    unfinishedCount += 1
    return true
  }

  mutating func finish(_ offset: Int64) -> Bool {
    guard let index = index(of: offset), !entries[index].isDone else { return false }
    entries[index].isDone = true
    unfinishedCount -= 1
    while head < entries.count, entries[head].isDone {
      next = entries[head].offset + 1
      head += 1
    }
    dropFinished()
    return true
  }

  mutating func markCommitted(_ offset: Int64) { committed = max(committed, offset) }

  private func index(of offset: Int64) -> Int? {
    var low = head
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].offset == offset ? low : nil
  }

  /// Dropping only once half is finished keeps the cost per offset constant.
  private mutating func dropFinished() {
    guard head * 2 >= entries.count else { return }
    entries.removeSubrange(..<head)
    head = 0
  }
}
