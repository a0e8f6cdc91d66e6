import CLibrdkafka
import Concurrency
import Logging
import Synchronization

/// A member of a consumer group, on a thread of its own.
///
/// Ask for batches in a loop, also while everything is paused: the asking is what keeps the membership alive and what
/// takes part in rebalances. Commits are the caller's: at least once if they follow the work. A consumer that is
/// dropped without `close` counts as crashed: its partitions move when its session times out.
public actor Consumer {
  private nonisolated let thread: DedicatedThread
  nonisolated let queue: ConsumerQueue
  nonisolated let handle: ClientHandle
  /// Calls that want the thread while a poll holds it.
  private nonisolated let waiting = Atomic<Int>(0)
  private let revokeDeadline: Duration
  private nonisolated let membership: GroupMembership
  nonisolated let offsets: GroupOffsets
  private let linger: Duration
  private var isClosed = false
  private var backlog = FetchedBacklog()
  private var check: StreamCheck
  private nonisolated let losses: ReadLosses
  /// The group's session timeout as it is in force.
  private nonisolated let sessionTimeout: Duration
  private var failures = PollFailures()

  /// How many bytes a batch holds where its caller does not say: 16 MiB.
  public static let largestBatch = 16 << 20

  /// How many offsets were not committed because their partitions were no longer this consumer's.
  public nonisolated var droppedCommits: Int { offsets.droppedCount }

  /// How it fares, to be asked at any time.
  public nonisolated var condition: ConsumerCondition {
    ConsumerCondition(
      silence: handle.events.contact.silence, patience: sessionTimeout + Self.margin,
      partitions: membership.hasHadAssignment ? membership.generations.count : nil, losses: losses.summary)
  }

  /// The actor's own thread: librdkafka's calls block.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Joins `group`; the assignment comes with the first batches.
  /// - Parameter onRevoke: asked before partitions go, except when they are lost already.
  /// - Throws: `KafkaError` for settings that librdkafka refuses.
  public init(
    settings: KafkaSettings, group: String, topics: [String], options: ConsumerOptions = ConsumerOptions(),
    logger: Logger = Logger(label: "kafka.consumer"), onRevoke: RevokeHandler? = nil
  ) throws {
    revokeDeadline = options.revokeDeadline
    membership = GroupMembership(onRevoke: onRevoke, revokeDeadline: options.revokeDeadline, logger: logger)
    linger = options.linger
    let configuration = try ClientConfiguration(
      settings, defaults: options.defaults(beside: settings.properties), required: options.required(group: group),
      ifKnown: options.defaultsIfKnown)
    configuration.withPointer { pointer in
      rd_kafka_conf_set_rebalance_cb(pointer) { client, code, partitions, _ in
        guard let client, let partitions else { return }
        ClientEvents.of(client)?.membership?.rebalance(client, code, partitions)
      }
    }
    sessionTimeout = .milliseconds(Int(configuration.inForce("session.timeout.ms") ?? "") ?? 0)
    handle = try ClientHandle(
      RD_KAFKA_CONSUMER, configuration, ClientEvents(logger: logger, membership: membership))
    // Errors and statistics then come through the consumer's queue too: one queue to poll.
    try KafkaError.check(rd_kafka_poll_set_consumer(handle.pointer), "consumer")
    queue = ConsumerQueue(handle)
    offsets = GroupOffsets(handle, membership)
    losses = ReadLosses(logger: logger)
    check = StreamCheck(handle, settings, options, losses)
    thread = DedicatedThread(name: "kafka-consumer")
    let subscription = PartitionList(topics.map { TopicPartition(topic: $0, partition: -1) })
    try KafkaError.check(rd_kafka_subscribe(handle.pointer, subscription.pointer), "subscription to \(topics)")
  }

  /// What is held now, with each partition's generation.
  public nonisolated var assignment: [TopicPartition: Int] {
    get async { await onThread { $0.membership.generations } }
  }

  /// Waits for messages: until the first is there, and then `linger` for more. Returns an empty batch after `wait`, and
  /// earlier if the assignment changed.
  /// - Parameters:
  ///   - maximum: the most messages, at least 1.
  ///   - maximumBytes: where their keys and values come to so many bytes, none is added; a single one may be larger.
  /// - Throws: `KafkaError` if the client failed for good or is not allowed in; `CancellationError`.
  public func nextBatch(maximum: Int, maximumBytes: Int = largestBatch, wait: Duration) async throws -> ConsumedBatch {
    let deadline = ContinuousClock.now + wait
    return try await withTaskCancellationHandler {
      while true {
        try Task.checkCancellation()
        let batch = try poll(max(1, maximum), maximumBytes, until: deadline)
        if !batch.isEmpty || !batch.rebalances.isEmpty || ContinuousClock.now >= deadline { return batch }
        while waiting.load(ordering: .acquiring) > 0 { await Task.yield() }
      }
    } onCancel: {
      queue.wake()
    }
  }

  /// Commits offsets (each one past the last message done) and waits for the coordinator. Partitions that are no
  /// longer held are left out and counted in `droppedCommits`.
  ///
  /// A coordinator that is amid a rebalance, or away, is tried again for up to 10 s. While this member joins its group
  /// anew the coordinator is not asked, for as long as that may take: the session of a member that died, and 5 s.
  public nonisolated func commit(_ offsets: [TopicPartition: Int64]) async throws {
    if !offsets.isEmpty { try await commit({ _ in offsets }, onceSettled: { _ in }) }
  }

  /// The same, for offsets that are chosen at each try, when it is known what is held, each partition with its generation.
  /// - Parameters:
  ///   - choose: called on the consumer's thread: it must not wait.
  ///   - onceSettled: called there with what was chosen last, before any partition can go.
  public nonisolated func commit(
    _ choose: @Sendable (_ held: [TopicPartition: Int]) -> [TopicPartition: Int64],
    onceSettled: @Sendable ([TopicPartition: Int64]) -> Void
  ) async throws {
    var (left, leftForJoin) = (Duration.seconds(10), longestJoin)
    while true {
      leftForJoin -= try await waitForJoin(atMost: leftForJoin)
      let (start, isLastTry, mayWait) = (ContinuousClock.now, left <= .zero, leftForJoin > .zero)
      let isSettled = try await onThread { consumer in
        // A poll that held the thread may have begun a join.
        if mayWait, consumer.isJoining { return false }
        let offsets = choose(consumer.membership.generations)
        _ = try consumer.openHandle()
        let isSettled = try consumer.offsets.commit(offsets, isLastTry: isLastTry)
        if isSettled { onceSettled(offsets) }
        return isSettled
      }
      if isSettled { return }
      try await Task.sleep(for: Self.retryInterval)
      left -= start.duration(to: .now)
    }
  }

  /// Stops messages of `partitions` until `resume`, or until they are assigned anew. Go on asking for batches.
  public nonisolated func pause(_ partitions: some Sequence<TopicPartition> & Sendable) async throws {
    try await onThread { try $0.membership.pause(partitions, on: $0.openHandle()) }
  }

  /// Lets messages of `partitions` flow again.
  public nonisolated func resume(_ partitions: some Sequence<TopicPartition> & Sendable) async throws {
    try await onThread { try $0.membership.resume(partitions, on: $0.openHandle()) }
  }

  /// Whether its group has yet to answer its question for partitions.
  nonisolated var isJoining: Bool { membership.join.isUnderWay }

  /// Gives everything back, `onRevoke` first, and leaves the group (a static member only stops). Later calls throw.
  ///
  /// A join that is under way is waited for, and its answer served: a broker reads nothing behind its question before
  /// that is answered, so that the group would keep a member that has gone until its session ends.
  public nonisolated func close() async throws {
    do {
      let end = ContinuousClock.now + longestJoin
      while isJoining || membership.join.hasUnservedAnswer, .now < end, try await onThread({ try $0.serveJoin() }) {
        try await Task.sleep(for: Self.retryInterval)
      }
    } catch is CancellationError {
      // Whoever closes has no time to leave.
    }
    try await onThread { try $0.closeHere() }
  }

  /// How long a join may take: the group waits for a member that has died until its session ends.
  private nonisolated var longestJoin: Duration { sessionTimeout + Self.margin }

  /// What the group's answers may take beside.
  private static let margin = Duration.seconds(5)

  /// How soon a coordinator, or the end of a join, is asked about again: neither can be waited for.
  private static let retryInterval = Duration.milliseconds(50)

  /// Waits until this member has been given its partitions, where it joins its group anew.
  /// - Returns: how long it waited.
  @discardableResult
  nonisolated func waitForJoin(atMost limit: Duration? = nil) async throws -> Duration {
    let start = ContinuousClock.now
    while isJoining, .now < start + (limit ?? longestJoin) { try await Task.sleep(for: Self.retryInterval) }
    return start.duration(to: .now)
  }

  /// Whether all of `partitions` are held since they were taken. At once, from any thread.
  public nonisolated func holds(_ partitions: [ConsumedPartition]) -> Bool {
    let generations = membership.generations
    return partitions.allSatisfy { generations[$0.topicPartition] == $0.generation }
  }
}

extension Consumer {
  /// Interrupts a running poll to run `body` on the consumer's thread.
  private nonisolated func onThread<Value: Sendable, Failure: Error>(
    _ body: @Sendable (isolated Consumer) throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    waiting.add(1, ordering: .releasing)
    queue.wake()
    return try await takeTurn(body)
  }

  private func takeTurn<Value: Sendable, Failure: Error>(
    _ body: @Sendable (isolated Consumer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    waiting.subtract(1, ordering: .releasing)
    return try body(self)
  }

  private func checkOpen() throws {
    if isClosed { throw KafkaError.closed("the consumer") }
    try handle.checkFatal()
    try failures.throwPending()
  }

  private func poll(_ maximum: Int, _ maximumBytes: Int, until deadline: ContinuousClock.Instant) throws
    -> ConsumedBatch
  {
    try checkOpen()
    membership.gathered = GatheredMessages(maximum: maximum, maximumBytes: maximumBytes, expected: queue.count)
    try gather(until: deadline)
    let rebalances = membership.takeRebalances()
    check.apply(rebalances)
    if membership.takeMove() { check.noteMove() }
    let messages = try check.inOrder(failures.messages(of: membership.takeGathered(), handle.events))
    lookBehind()
    if FetchedBacklog.isNeeded, backlog.hasDrained(to: queue.count) { remindOfFetching() }
    if messages.isEmpty && rebalances.isEmpty { try checkOpen() }
    return ConsumedBatch(
      messages: messages, rebalances: rebalances, generations: membership.generations, handle: handle)
  }

  /// A failure waits until the messages in hand are handed on.
  private func lookBehind() {
    // A broker answers nothing behind a join, and the thread is needed for its end.
    if isJoining { return }
    do {
      try check.lookBehind({ membership.flowing }, ready: { queue.count })
    } catch { failures.keep(error) }
  }

  /// Asks the leaders of what is held for their ends, and waits for no answer: see `FetchedBacklog`.
  private func remindOfFetching() {
    let list = PartitionList(offsets: membership.generations.mapValues { _ in Int64(RD_KAFKA_OFFSET_END) })
    // The question is what counts, so neither the answer nor a failure is looked at.
    rd_kafka_offsets_for_times(handle.pointer, list.pointer, 0)
  }

  /// Takes what is there; else waits for a first message; then lingers for more.
  private func gather(until deadline: ContinuousClock.Instant) throws {
    var lingerEnd: ContinuousClock.Instant?
    try queue.receive(into: membership) {
      // A wake that came since the thread was given is used up by the question before: waiting would sleep through it.
      if isInterrupted { return .zero }
      let now = ContinuousClock.now
      if membership.gathered.isEmpty { return now.duration(to: deadline) }
      let end = lingerEnd ?? now + linger
      lingerEnd = end
      return now.duration(to: end)
    }
  }

  /// Whether another call wants the thread, or the task that polls is cancelled: both wake the queue after they say so.
  private var isInterrupted: Bool { waiting.load(ordering: .acquiring) > 0 || Task.isCancelled }

  private func openHandle() throws -> OpaquePointer {
    if isClosed { throw KafkaError.closed("the consumer") }
    return handle.pointer
  }

  /// Takes part in the group without taking messages: they are read again by whoever comes next.
  /// - Returns: `false` if the consumer is closed.
  private func serveJoin() throws -> Bool {
    if isClosed { return false }
    membership.gathered = GatheredMessages(maximum: 1, maximumBytes: 1, expected: 1)
    try queue.receive(into: membership) { .zero }
    for message in membership.takeGathered() { rd_kafka_message_destroy(message) }
    return true
  }

  private func closeHere() throws {
    if isClosed { return }
    isClosed = true
    queue.release()
    // Beside its own work it waits for `onRevoke`, which has a deadline.
    let limit = revokeDeadline + Self.margin
    guard let code = handle.closeConsumer(within: limit) else {
      let left = "the consumer did not close within \(limit); its group takes it for dead once its session is over"
      return handle.events.logger.warning("\(left)")
    }
    try KafkaError.check(code, "closing the consumer")
  }
}
