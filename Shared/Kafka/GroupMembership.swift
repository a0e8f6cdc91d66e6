import CLibrdkafka
import Foundation
import Logging
import Synchronization

/// What a consumer is asked before partitions go, each with its generation: finish what is under way on them, and return
/// what to commit of them. It must not wait for the consumer itself, whose thread waits for the answer.
public typealias RevokeHandler = @Sendable ([TopicPartition: Int]) async -> [TopicPartition: Int64]

/// What a consumer holds, and the rebalances that change it.
///
/// librdkafka calls the rebalance callback from within the poll or close that runs on the consumer's thread, and the
/// consumer's own code runs there too: that is why nothing here needs a lock (`@unchecked Sendable`), except what
/// transactions ask for while that thread waits for them.
final class GroupMembership: @unchecked Sendable {
  /// The held partitions, each with the generation of its assignment.
  var generations: [TopicPartition: Int] { held.withLock { $0 } }
  /// What the running poll has taken so far; a partition's messages leave it with the partition.
  var gathered = GatheredMessages()

  let join = GroupJoin()

  private let held = Mutex<[TopicPartition: Int]>([:])
  private var lastGeneration = 0
  /// Whether the group has spoken, even if it gave nothing.
  var hasHadAssignment: Bool { spoken.load(ordering: .acquiring) }
  private let spoken = Atomic<Bool>(false)
  private var hasMoved = false
  private var paused: Set<TopicPartition> = []
  /// What is held and not paused.
  var flowing: [TopicPartition] { generations.keys.filter { !paused.contains($0) } }
  private var rebalances: [Rebalance] = []
  private let onRevoke: RevokeHandler?
  private let revokeDeadline: Duration
  private let logger: Logger

  init(onRevoke: RevokeHandler?, revokeDeadline: Duration, logger: Logger) {
    self.onRevoke = onRevoke
    self.revokeDeadline = revokeDeadline
    self.logger = logger
  }

  /// Hands over what the poll has taken, which is over.
  func takeGathered() -> [GatheredMessages.Message] {
    defer { gathered = GatheredMessages() }
    return gathered.messages
  }

  /// What happened since the last call.
  func takeRebalances() -> [Rebalance] {
    defer { rebalances = [] }
    return rebalances
  }

  /// Whether there was a rebalance since the last call, which moves librdkafka's positions in all partitions.
  func takeMove() -> Bool {
    defer { hasMoved = false }
    return hasMoved
  }

  /// Stops messages of those of `partitions` that are held.
  func pause(_ partitions: some Sequence<TopicPartition>, on client: OpaquePointer) throws {
    let going = Set(partitions).intersection(generations.keys).subtracting(paused)
    try switchFlow(of: going, on: client, rd_kafka_pause_partitions, "pause")
    paused.formUnion(going)
  }

  /// Lets messages of those of `partitions` flow again that are paused. Only of those: librdkafka before 2.4 throws away
  /// what it has fetched of a partition that is resumed without being paused (confluentinc/librdkafka#4636).
  func resume(_ partitions: some Sequence<TopicPartition>, on client: OpaquePointer) throws {
    let coming = paused.intersection(partitions)
    paused.subtract(coming)
    try switchFlow(of: coming, on: client, rd_kafka_resume_partitions, "resume")
  }

  private func switchFlow(
    of partitions: Set<TopicPartition>, on client: OpaquePointer,
    _ call: (OpaquePointer, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> rd_kafka_resp_err_t,
    _ what: String
  ) throws {
    if partitions.isEmpty { return }
    hasMoved = true
    let list = PartitionList(partitions)
    try KafkaError.check(call(client, list.pointer), what)
    for entry in list.entries() { try KafkaError.check(entry.error, "\(what) of \(entry.partition)") }
  }

  /// Whether destroying the consumer would abort the process: librdkafka before 2.3 asserts that the cooperative
  /// assignor has its state, which it has only since the first assignment
  /// (https://github.com/confluentinc/librdkafka/issues/4312).
  var mustNotBeDestroyed: Bool { !hasHadAssignment && rd_kafka_version() < 0x0203_0000 }

  /// Serves the group's answer where it has not been, on the thread that is about to destroy the client: nobody else has
  /// it any more.
  func serveLastAnswer(_ client: OpaquePointer) {
    let end = ContinuousClock.now + Self.lastMoment
    while join.hasUnservedAnswer, .now < end {
      if let message = rd_kafka_consumer_poll(client, 20) { rd_kafka_message_destroy(message) }
    }
  }

  /// The rebalance callback. `list` stays librdkafka's.
  func rebalance(
    _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
    _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) {
    let partitions = PartitionList.entries(list).map(\.partition).sorted()
    hasMoved = true
    defer { join.noteServed() }
    do {
      switch code {
      case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: try assign(client, list, partitions)
      case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: try revoke(client, list, partitions)
      default:
        logger.error("\(KafkaError(code, "rebalance"))")
        try KafkaError.check(rd_kafka_assign(client, nil), "giving the assignment back")
      }
    } catch { logger.error("rebalance: \(error)") }
  }

  private func assign(
    _ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>,
    _ partitions: [TopicPartition]
  ) throws {
    spoken.store(true, ordering: .releasing)
    if isCooperative(client) {
      try KafkaError.check(rd_kafka_incremental_assign(client, list), "taking \(partitions)")
    } else {
      try KafkaError.check(rd_kafka_assign(client, list), "taking \(partitions)")
    }
    // A cooperative rebalance that brings this member nothing still ends with an assignment.
    if partitions.isEmpty { return }
    lastGeneration += 1
    held.withLock { [lastGeneration] held in
      for partition in partitions { held[partition] = lastGeneration }
    }
    rebalances.append(.assigned(partitions, generation: lastGeneration))
    logger.info("assigned \(partitions)")
  }

  private func revoke(
    _ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>,
    _ partitions: [TopicPartition]
  ) throws {
    let isLost = rd_kafka_assignment_lost(client) != 0
    if !isLost { commitLastWord(client, partitions) }
    // librdkafka keeps the pause, and such a partition would stand still when it comes back.
    do { try resume(partitions, on: client) } catch { logger.warning("\(error)") }
    defer { logger.info("\(isLost ? "lost" : "revoked") \(partitions)") }
    held.withLock { held in
      for partition in partitions { held[partition] = nil }
    }
    gathered.discard(of: Set(partitions))
    if !partitions.isEmpty { rebalances.append(isLost ? .lost(partitions) : .revoked(partitions)) }
    // Whoever waits for this thread to commit would be just behind the question.
    join.noteAhead()
    if isCooperative(client) {
      try KafkaError.check(rd_kafka_incremental_unassign(client, list), "giving back \(partitions)")
    } else {
      try KafkaError.check(rd_kafka_assign(client, nil), "giving back \(partitions)")
    }
  }

  private func isCooperative(_ client: OpaquePointer) -> Bool {
    rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
  }

  /// Asks the handler and commits its answer. A failure costs a repetition at the next owner, nothing more.
  private func commitLastWord(_ client: OpaquePointer, _ partitions: [TopicPartition]) {
    let offsets = askHandler(partitions).filter { partitions.contains($0.key) }
    let deadline = ContinuousClock.now + Self.lastMoment
    while true {
      do {
        let refused = try OffsetCommit.perform(client, offsets)
        if !refused.isEmpty { logger.warning("not committed before revocation: \(refused.keys.sorted())") }
        return
      } catch let error as KafkaError where error.isRetriable && .now < deadline {
        Thread.sleep(forTimeInterval: 0.05)  // Between tries; the thread is the consumer's own.
      } catch {
        return logger.warning("not committed before revocation: \(error)")
      }
    }
  }

  /// How long a handler has to answer once it is cancelled, and its answer to be taken by a coordinator that is busy.
  private static let lastMoment = Duration.seconds(1)

  /// Bridges from librdkafka's thread to the handler's task: the thread may block, being the consumer's own.
  private func askHandler(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
    guard let onRevoke else { return [:] }
    let answer = ThreadAnswer<[TopicPartition: Int64]>()
    let going = generations.filter { partitions.contains($0.key) }
    let task = Task { answer.give(await onRevoke(going)) }
    if let offsets = answer.wait(for: revokeDeadline) { return offsets }
    task.cancel()
    if let offsets = answer.wait(for: Self.lastMoment) { return offsets }
    logger.warning("onRevoke took longer than \(revokeDeadline); \(partitions) go without a last commit")
    return [:]
  }
}
