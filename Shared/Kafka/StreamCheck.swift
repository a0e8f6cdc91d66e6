import CLibrdkafka
import Logging

/// Sees to it that a consumer hands on every record of its partitions: where offsets are missing it looks into the log,
/// and makes librdkafka go back to what it passed over. Nothing behind is handed on, and so committed, before that.
///
/// Only on the consumer's thread.
struct StreamCheck {
  private var positions = ReadPositions()
  private var reader: LogReader?
  private var nextGlance = ContinuousClock.now
  private var nextTailGlance = ContinuousClock.now
  private var taken = 0
  private let client: ClientHandle
  private let settings: KafkaSettings
  private let options: ConsumerOptions
  private let losses: ReadLosses

  /// How long the questions of one poll may take; what is not answered by then is asked again in the next.
  private static let patience = Duration.seconds(10)

  /// How often in a row librdkafka is told to go back to a place before the client is given up.
  private static let mostReturns = 5

  init(_ client: ClientHandle, _ settings: KafkaSettings, _ options: ConsumerOptions, _ losses: ReadLosses) {
    self.client = client
    self.settings = settings
    self.options = options
    self.losses = losses
  }

  /// Notes what a poll changed.
  mutating func apply(_ rebalances: [Rebalance]) { positions.apply(rebalances) }

  /// Notes that librdkafka moves its own positions: in a rebalance, a pause, a resume.
  mutating func noteMove() { positions.noteMove() }

  /// Takes over `messages`, and destroys those that must come again.
  /// - Returns: those that follow what was handed on before.
  /// - Throws: `KafkaError` where librdkafka does not go back. All messages are destroyed then.
  mutating func inOrder(_ messages: [GatheredMessages.Message]) throws -> [GatheredMessages.Message] {
    taken += messages.count
    let deadline = ContinuousClock.now + Self.patience
    var (kept, returned) = ([GatheredMessages.Message](), Set<TopicPartition>())
    kept.reserveCapacity(messages.count)
    var start = 0
    do {
      while start < messages.count {
        let (partition, end) = (TopicPartition(of: messages[start]), Self.endOfRun(messages, from: start))
        if try !returned.contains(partition) && admits(messages[start], of: partition, until: deadline) {
          positions.advance(partition, to: messages[end - 1].pointee.offset + 1)
          kept += messages[start..<end]
        } else {
          returned.insert(partition)
          for message in messages[start..<end] { rd_kafka_message_destroy(message) }
        }
        start = end
      }
    } catch {
      for message in kept + messages[start...] { rd_kafka_message_destroy(message) }
      throw error
    }
    return kept
  }

  /// Where the messages of one partition end that follow each other without a gap.
  private static func endOfRun(_ messages: [GatheredMessages.Message], from start: Int) -> Int {
    let first = messages[start].pointee
    var end = start + 1
    while end < messages.count, messages[end].pointee.rkt == first.rkt,
      messages[end].pointee.partition == first.partition,
      messages[end].pointee.offset == messages[end - 1].pointee.offset + 1
    {
      end += 1
    }
    return end
  }

  /// Whether `message` may be handed on; else librdkafka was told to go back.
  private mutating func admits(
    _ message: GatheredMessages.Message, of partition: TopicPartition, until deadline: ContinuousClock.Instant
  ) throws -> Bool {
    let offset = message.pointee.offset
    do {
      if positions.lacksStart(partition) {
        try startPositions(at: [partition: offset], until: deadline)
      }
      guard case .gap(let gap) = positions.sight(of: offset, in: partition), isLookedAt(gap, in: partition) else {
        return true
      }
      return try look(into: gap, of: partition, until: deadline).missed == nil
    } catch let error as KafkaError where error.isRetriable {
      client.events.logger.warning("\(partition) waits, since it is not known whether \(offset) is next: \(error)")
      try goBack(in: partition, to: positions.next(in: partition) ?? offset)
      return false
    }
  }

  /// Looks for partitions that wait in vain, and makes librdkafka go back there.
  /// - Parameters:
  ///   - flowing: held, and not paused; asked once a second.
  ///   - ready: how many messages librdkafka has ready; asked likewise.
  /// - Throws: `KafkaError` where librdkafka does not go back.
  mutating func lookBehind(_ flowing: () -> [TopicPartition], ready: () -> Int) throws {
    let now = ContinuousClock.now
    guard now >= nextTailGlance else { return }
    nextTailGlance = now + .seconds(1)
    let ready = ready()
    let ends = Dictionary(uniqueKeysWithValues: flowing().map { ($0, client.knownEnd(of: $0)) })
    let unstarted = ends.filter { $0.value > 0 && positions.lacksStart($0.key) }
    do { try startPositions(at: unstarted, until: now + Self.patience) } catch let error as KafkaError
      where error.isRetriable
    {
      client.events.logger.warning("\(unstarted.keys.sorted()): it is not known where the group goes on: \(error)")
    }
    for (partition, end) in ends {
      do {
        guard let tail = positions.tail(of: partition, end: end, taken: taken, ready: ready, at: now) else { continue }
        let finding = try look(into: tail, of: partition, until: now + Self.patience)
        if finding.missed == nil { positions.noteEmpty(tail, expired: finding.expired, in: partition) }
      } catch let error as KafkaError where error.isRetriable {
        client.events.logger.warning("\(partition): it is not known whether all of it was read: \(error)")
      }
    }
  }

  private mutating func isLookedAt(_ gap: Range<Int64>, in partition: TopicPartition) -> Bool {
    let now = ContinuousClock.now
    guard positions.isRemarkable(gap, in: partition) || now >= nextGlance else { return false }
    nextGlance = now + .seconds(1)
    return true
  }

  /// Notes where the group goes on in partitions that bring their first message.
  /// - Parameter firstSeen: that message's offset, or the end where there is none.
  private mutating func startPositions(
    at firstSeen: [TopicPartition: Int64], until deadline: ContinuousClock.Instant
  ) throws {
    if firstSeen.isEmpty { return }
    let left = ContinuousClock.now.duration(to: deadline)
    let commits = try client.commits(of: Array(firstSeen.keys), timeout: left)
    // A group that has committed nothing begins with all that is there, or with what is new.
    let isFromEarliest = settings.properties["auto.offset.reset"] ?? options.autoOffsetReset.rawValue == "earliest"
    for (partition, offset) in firstSeen {
      let start = try commits[partition] ?? (isFromEarliest ? client.low(of: partition, until: deadline) : offset)
      positions.start(partition, at: start)
    }
  }

  /// Looks into offsets that were not handed over, and makes librdkafka go back to what stands there.
  private mutating func look(
    into gap: Range<Int64>, of partition: TopicPartition, until deadline: ContinuousClock.Instant
  ) throws -> GapFinding {
    let reader = try reader ?? LogReader(settings, isolation: options.isolation, logger: client.events.logger)
    self.reader = reader
    let finding = try reader.look(into: gap, of: partition, until: deadline)
    losses.note(finding, of: partition, in: gap)
    if let missed = finding.missed { try goBack(in: partition, to: missed) }
    return finding
  }

  private mutating func goBack(in partition: TopicPartition, to offset: Int64) throws {
    guard positions.goBack(partition, to: offset) <= Self.mostReturns else {
      throw KafkaError(
        code: "_BAD_MSG",
        message: "\(partition) does not go back to offset \(offset), where records stand that were not read; "
          + "a restart goes on where the group has committed")
    }
    let topic = try TopicHandle(partition.topic, client)
    try KafkaError.check(
      rd_kafka_seek(topic.pointer, partition.partition, offset, 0), "going back in \(partition)")
  }
}
