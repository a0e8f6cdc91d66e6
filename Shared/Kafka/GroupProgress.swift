import CLibrdkafka

/// How far a group has come in one partition.
public struct PartitionProgress: Sendable, Equatable {
  /// What the group would read next; `nil` if it has committed nothing.
  public var committed: Int64?

  /// The oldest offset that is still kept.
  public var low: Int64

  /// One past the newest offset (that read-committed consumers see).
  public var high: Int64

  /// How many offsets the group has yet to read. Transactions' own markers count, and are never read: with them a
  /// group that has read everything shows a lag of one or so.
  public var lag: Int64 { max(0, high - max(committed ?? low, low)) }

  /// How far the group has come in offsets since 0.
  public var consumed: Int64 { committed ?? 0 }

  /// A partition's figures.
  public init(committed: Int64?, low: Int64, high: Int64) {
    self.committed = committed
    self.low = low
    self.high = high
  }
}

/// How far a group has come.
public struct GroupProgress: Sendable, Equatable {
  /// By partition, of all the topics asked for.
  public var partitions: [TopicPartition: PartitionProgress]

  /// The sum of the partitions' lags.
  public var lag: Int64 { partitions.values.reduce(0) { $0 + $1.lag } }

  /// The sum of what the partitions' groups consumed.
  public var consumed: Int64 { partitions.values.reduce(0) { $0 + $1.consumed } }

  /// The sum of the partitions' ends.
  public var produced: Int64 { partitions.values.reduce(0) { $0 + $1.high } }

  /// Figures of all partitions.
  public init(partitions: [TopicPartition: PartitionProgress]) { self.partitions = partitions }
}

extension Admin {
  /// How far `group` has come in `topics`: its commits, and the ends of what there is.
  /// - Throws: `KafkaError`, also for a topic that does not exist.
  public func progress(
    of group: String, in topics: [String], timeout: Duration = .seconds(30)
  ) async throws -> GroupProgress {
    let partitions = try await partitions(of: topics, timeout: timeout)
    let committed = try await commits(of: group, partitions, timeout: timeout)
    return try await thread.run { [handle] in
      let low = try Self.offsets(Int64(RD_KAFKA_OFFSET_BEGINNING), partitions, handle, timeout)
      let high = try Self.offsets(Int64(RD_KAFKA_OFFSET_END), partitions, handle, timeout)
      return GroupProgress(
        partitions: Dictionary(
          uniqueKeysWithValues: partitions.map { partition in
            let figures = PartitionProgress(
              committed: committed[partition], low: low[partition] ?? 0, high: high[partition] ?? 0)
            return (partition, figures)
          }))
    }
  }

  private func partitions(of names: [String], timeout: Duration) async throws -> [TopicPartition] {
    let counts = try await topics(timeout: timeout)
    return try Set(names).sorted().flatMap { name in
      guard let count = counts[name] else {
        throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic \"\(name)\"")
      }
      return (0..<Int32(count)).map { TopicPartition(topic: name, partition: $0) }
    }
  }

  /// One request a broker, where `rd_kafka_query_watermark_offsets` would ask for each partition by itself: the
  /// offsets handed in stand for times, and −1 and −2 for the end and the beginning (protocol, ListOffsets).
  private static func offsets(
    _ logical: Int64, _ partitions: [TopicPartition], _ handle: ClientHandle, _ timeout: Duration
  ) throws -> [TopicPartition: Int64] {
    if partitions.isEmpty { return [:] }
    let list = PartitionList(offsets: Dictionary(uniqueKeysWithValues: partitions.map { ($0, logical) }))
    try KafkaError.check(
      rd_kafka_offsets_for_times(handle.pointer, list.pointer, timeout.milliseconds), "asking for offsets")
    return Dictionary(
      uniqueKeysWithValues: try list.entries().map { entry in
        try KafkaError.check(entry.error, "asking for the offsets of \(entry.partition)")
        return (entry.partition, entry.offset)
      })
  }

  /// How soon a coordinator that is not there yet is asked again: it cannot be waited for.
  private static let retryInterval = Duration.milliseconds(100)

  /// Asks again while there is no coordinator, as on a cluster whose first group this is.
  private func commits(
    of group: String, _ partitions: [TopicPartition], timeout: Duration
  ) async throws -> [TopicPartition: Int64] {
    if partitions.isEmpty { return [:] }
    let observer = try observer(of: group)
    let deadline = ContinuousClock.now + timeout
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      do {
        return try await thread.run { try observer.commits(of: partitions, timeout: left) }
      } catch let error as KafkaError where error.isRetriable && left > .zero {
        try await Task.sleep(for: Self.retryInterval)
      }
    }
  }

  /// A consumer of the group that never joins it. librdkafka 2.0.2 asks for commits from a producer's handle, too, but
  /// follows a null pointer there once the coordinator is not where it was, or not yet anywhere.
  private func observer(of group: String) throws -> ClientHandle {
    try observers.withLock { observers in
      if let known = observers[group] { return known }
      // What transactions have not committed yet must not hold the question up.
      let configuration = try ClientConfiguration(
        settings.withoutMembership, defaults: [:],
        required: ["group.id": group, "isolation.level": "read_uncommitted"])
      let observer = try ClientHandle(RD_KAFKA_CONSUMER, configuration, ClientEvents(logger: logger))
      observers[group] = observer
      return observer
    }
  }
}

extension ClientHandle {
  /// What the client's group has committed, without partitions that have no commit. Blocks.
  func commits(of partitions: [TopicPartition], timeout: Duration) throws -> [TopicPartition: Int64] {
    let list = PartitionList(partitions)
    try KafkaError.check(
      rd_kafka_committed(pointer, list.pointer, timeout.milliseconds), "asking for what is committed")
    var commits: [TopicPartition: Int64] = [:]
    for entry in list.entries() {
      try KafkaError.check(entry.error, "asking for the commit of \(entry.partition)")
      if entry.offset >= 0 { commits[entry.partition] = entry.offset }
    }
    return commits
  }
}
