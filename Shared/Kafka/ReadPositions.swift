/// Which offset of each held partition must be read next: values in, values out.
///
/// Offsets ascend and may leave out what nobody is to read: transactions' markers, aborted and compacted records, and
/// what the broker has deleted. So a gap says nothing by itself; `GapFinding` is what a look at the log says of it.
struct ReadPositions {
  /// What a message is to the one before it.
  enum Sight: Equatable {
    case next
    /// It was read before: librdkafka repeats one where a pause meets a poll, and a topic may have been made anew.
    case again
    /// Some offsets are missing before it, which nobody has looked at.
    case gap(Range<Int64>)
  }

  private struct Position {
    /// `nil` until it is known where the group goes on.
    var next: Int64?
    /// Whether librdkafka has moved its own position since the last message, where it may go wrong.
    var isMoved = true
    /// How often it was told to go back since the last message that came in order.
    var returns = 0
    var standstill: Standstill?
    /// Up to where the log was looked at, and held nothing for a reader.
    var lookedUpTo: Int64 = 0
  }

  /// The log has more than was handed over.
  private struct Standstill {
    let start: ContinuousClock.Instant
    /// Once so many messages are taken, all that was ready at the start is.
    let taken: Int
  }

  private var positions: [TopicPartition: Position] = [:]

  /// Begins and forgets partitions.
  mutating func apply(_ rebalances: [Rebalance]) {
    for rebalance in rebalances {
      switch rebalance {
      case .assigned(let partitions, _): for partition in partitions { positions[partition] = Position() }
      case .revoked(let partitions), .lost(let partitions): for partition in partitions { positions[partition] = nil }
      }
    }
    // Of what was ready some may be gone with its partition, and will never be taken.
    if !rebalances.isEmpty { for partition in positions.keys { positions[partition]?.standstill = nil } }
  }

  /// Notes that librdkafka moves its positions, as it does in each rebalance, pause and resume.
  mutating func noteMove() {
    for partition in positions.keys { positions[partition]?.isMoved = true }
  }

  /// Whether it is not known yet where `partition`, which is held, begins.
  func lacksStart(_ partition: TopicPartition) -> Bool { positions[partition].map { $0.next == nil } ?? false }

  /// Notes where the group goes on.
  mutating func start(_ partition: TopicPartition, at offset: Int64) { positions[partition]?.next = offset }

  /// What must be read next in a partition.
  func next(in partition: TopicPartition) -> Int64? { positions[partition]?.next }

  /// What the message at `offset` is.
  func sight(of offset: Int64, in partition: TopicPartition) -> Sight {
    guard let next = next(in: partition), next != offset else { return .next }
    return offset < next ? .again : .gap(next..<offset)
  }

  /// Whether a gap is looked at whatever that costs. In the midst of a stream small ones are its transactions' markers,
  /// some a second, of which it is enough to look at a few.
  func isRemarkable(_ gap: Range<Int64>, in partition: TopicPartition) -> Bool {
    gap.count > Self.mostMarkers || positions[partition]?.isMoved == true
  }

  /// How many markers may follow one another: those of the transactions that several producers end together.
  static let mostMarkers = 8

  /// Whether a partition waits in vain: nothing of it has come for a while, though its log goes on behind what was read.
  /// librdkafka may have thrown away the last of what it had fetched, and no later message shows the gap.
  /// - Parameters:
  ///   - end: where the partition's log ends, as far as it is known.
  ///   - taken: how many messages of all partitions were taken so far.
  ///   - ready: how many more can be taken at once.
  /// - Returns: what is to be looked into.
  mutating func tail(
    of partition: TopicPartition, end: Int64, taken: Int, ready: Int, at now: ContinuousClock.Instant
  ) -> Range<Int64>? {
    guard var position = positions[partition], let next = position.next else { return nil }
    defer { positions[partition] = position }
    guard end > max(next, position.lookedUpTo) else {
      position.standstill = nil
      return nil
    }
    let standstill = position.standstill ?? Standstill(start: now, taken: taken + ready)
    position.standstill = standstill
    // Twice as long each time: a slow fetch begins anew where it is told to go back.
    let isLong = standstill.start.duration(to: now) >= Self.patience * (1 << position.returns)
    return isLong && taken >= standstill.taken ? next..<end : nil
  }

  /// How long a partition may stand still before its log is looked into.
  static let patience = Duration.seconds(3)

  /// Notes that the log holds nothing for a reader in `tail`, of which so many offsets, the first ones, are deleted: they
  /// are no gap any more.
  mutating func noteEmpty(_ tail: Range<Int64>, expired: Int64, in partition: TopicPartition) {
    positions[partition]?.lookedUpTo = tail.upperBound
    positions[partition]?.next = tail.lowerBound + expired
  }

  /// Notes that all before `next` was handed on, or is not to be read.
  mutating func advance(_ partition: TopicPartition, to next: Int64) {
    guard positions[partition] != nil else { return }
    positions[partition] = Position(next: next, isMoved: false)
  }

  /// Notes that librdkafka is told to go back to `offset`.
  /// - Returns: how often in a row, this time included.
  mutating func goBack(_ partition: TopicPartition, to offset: Int64) -> Int {
    let returns = (positions[partition]?.returns ?? 0) + 1
    if positions[partition] != nil { positions[partition] = Position(next: offset, isMoved: true, returns: returns) }
    return returns
  }
}

/// What the log says of a gap.
struct GapFinding: Equatable {
  /// How many offsets the broker had deleted before they were read.
  let expired: Int64
  /// The first record that stands in the gap and was not handed over; `nil` where nothing is missing.
  let missed: Int64?

  /// - Parameters:
  ///   - firstRecord: the first that a reader of the same isolation gets from the gap's start on; `nil` where it gets
  ///     none.
  ///   - low: the oldest offset that the broker keeps.
  init(gap: Range<Int64>, firstRecord: Int64?, low: Int64) {
    missed = firstRecord.flatMap { gap.contains($0) ? $0 : nil }
    expired = max(0, min(low, missed ?? gap.upperBound) - gap.lowerBound)
  }
}
