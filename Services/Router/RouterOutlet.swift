import Foundation
import Kafka
import Logging
import Messages

/// The router's ends in Kafka: where batches come from, and where their outcome and their offsets go.
struct RouterOutlet: Sendable {
  private let consumer: Consumer
  /// One for all batches, or, since a producer has one transaction at a time, one for each batch under way.
  private let producers: [Producer]
  private let settings: RouterSettings
  private let answered: AnsweredOffsets
  private let underWay: BatchesUnderWay
  private let parked = ParkedMessages()
  private let logger: Logger

  /// How long a poll waits for a first sample before it asks again; only bounds how long a shutdown may take.
  private static let pollWait = Duration.seconds(1)

  /// Long enough for what a batch says to one partition to go in one request: with none, librdkafka sends its first
  /// records alone, and the rest waits behind them.
  private static let producerLinger = Duration.microseconds(500)

  /// How much a successor repeats at most after a crash, beside the batches under way.
  private static let commitInterval = Duration.milliseconds(100)

  init(settings: RouterSettings, kafka: KafkaSettings, topics: Topics, logger: Logger) async throws {
    self.settings = settings
    self.logger = logger
    producers = try await Self.producers(settings, kafka, topics, logger)
    var consuming = ConsumerOptions()
    consuming.instanceID = settings.instanceID
    consuming.linger = settings.batchWait
    let (answered, underWay) = (AnsweredOffsets(), BatchesUnderWay())
    (self.answered, self.underWay) = (answered, underWay)
    consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [topics.samples], options: consuming, logger: logger
    ) { going in
      await underWay.settle()
      return answered.offsets(held: going)
    }
  }

  private static func producers(
    _ settings: RouterSettings, _ kafka: KafkaSettings, _ topics: Topics, _ logger: Logger
  ) async throws -> [Producer] {
    var options = ProducerOptions()
    options.linger = producerLinger
    guard settings.isTransactional else { return [try Producer(settings: kafka, options: options, logger: logger)] }
    let identity = "\(topics.samples)-\(settings.group)-\(settings.instanceID ?? UUID().uuidString)"
    var producers: [Producer] = []
    for lane in 0..<batchesUnderWay {
      options.transactionalID = "\(identity)-\(lane)"
      let producer = try Producer(settings: kafka, options: options, logger: logger)
      try await producer.initTransactions()
      producers.append(producer)
    }
    return producers
  }

  /// How many batches may be on their way to the broker while the next is taken.
  static let batchesUnderWay = 4

  /// A batch, or what of an earlier one waited for a model.
  struct Intake: Sendable {
    let batch: ConsumedBatch
    var parcel: ParkedMessages.Parcel?

    /// The messages that are meant; `nil` for all.
    var places: [Int]? { parcel?.places }
    var isEmpty: Bool { batch.isEmpty }
  }

  /// What comes next, under way from now on until `publish` ends unless it is empty.
  func take(by table: RoutingTable) async throws -> Intake {
    if let parcel = parked.take(by: table) {
      underWay.begin()
      return Intake(batch: parcel.batch, parcel: parcel)
    }
    switch parked.regulate() {
    case .pause: try await consumer.pause(Array(await consumer.assignment.keys))
    case .resume: try await consumer.resume(Array(await consumer.assignment.keys))
    case .leave: break
    }
    let batch = try await consumer.nextBatch(maximum: settings.batchSize, wait: Self.pollWait)
    if !batch.rebalances.isEmpty { parked.keep(held: await consumer.assignment) }
    if !batch.isEmpty { underWay.begin() }
    return Intake(batch: batch)
  }

  /// What is published for records that are too large, by their positions.
  typealias Replacement = (_ tooLarge: [Int]) async -> OutgoingBatch

  /// Publishes what was routed. Once the broker has acknowledged all of it and its turn has come, offsets may be committed;
  /// in a transaction they are.
  /// - Parameter lane: which of those under way it is, from 0.
  func publish(
    _ routed: RoutedBatch, of intake: Intake, lane: Int, turn: CommitTurn, replacing replace: Replacement
  ) async throws {
    defer { underWay.end() }
    let outgoing = routed.outgoing
    if !routed.held.isEmpty { parked.park(routed.held, of: intake.batch) }
    let producer = producers[lane % producers.count]
    guard settings.isTransactional else {
      let tooLarge = try await OversizedRecords.publishOthers(of: outgoing, by: producer)
      if !tooLarge.isEmpty { try await producer.publish(replace(tooLarge)) }
      try await turn.wait()
      answered.add(committable(intake, routed))
      return
    }
    var oversized = OversizedRecords()
    var offsets: [ConsumedPartition]?
    try await inTransaction(producer) {
      try await oversized.publishOthers(of: outgoing, inTransactionOf: producer)
      if !oversized.refused.isEmpty { try await producer.publish(replace(oversized.refused)) }
      if offsets == nil {
        try await turn.wait()
        offsets = committable(intake, routed)
      }
      let offsets = offsets ?? []
      try await producer.sendOffsets(of: consumer) { offsets.nextOffsets(held: $0) }
    }
  }

  private func committable(_ intake: Intake, _ routed: RoutedBatch) -> [ConsumedPartition] {
    guard let parcel = intake.parcel else { return parked.committable(of: intake.batch) }
    return parked.committable(of: parcel, except: Set(routed.held.values.joined()))
  }

  /// How often a batch is published at most where the group changes each time that its offsets are sent, and the pause
  /// between tries, in which this member learns of the change.
  private static let (attempts, pause) = (10, Duration.milliseconds(500))

  /// Runs `body` in a transaction, and again in another where the group changed meanwhile.
  /// - Throws: what else made it fail. The batch was not answered then: the error ends this worker, and its successor
  ///   takes the batch again.
  private func inTransaction(_ producer: Producer, _ body: () async throws -> Void) async throws {
    var attempt = 0
    while true {
      try await producer.beginTransaction()
      do {
        try await body()
        return try await producer.commitTransaction()
      } catch let error as KafkaError where error.isTooLarge {
        // One record fewer each time.
        guard await abort(producer) else { throw error }
      } catch {
        attempt += 1
        let mayTryAgain = (error as? KafkaError)?.isOfFormerGeneration == true && attempt < Self.attempts
        guard await abort(producer), mayTryAgain else { throw error }
        logger.info("the group changed amid a transaction, which begins anew: \(error)")
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// - Returns: whether it succeeded.
  private func abort(_ producer: Producer) async -> Bool {
    do {
      try await producer.abortTransaction()
      return true
    } catch {
      logger.warning("the transaction that failed could not be aborted; its successor or the broker will: \(error)")
      return false
    }
  }

  /// Commits what was answered, until `endCommits`: at once where that is little, and else at most once an interval,
  /// because a commit holds the consumer's thread until the coordinator has answered.
  func commitRegularly() async throws {
    for await _ in answered.news {
      try await consumer.commit({ answered.offsets(held: $0) }, onceSettled: answered.forget)
      try await Task.sleep(for: Self.commitInterval)
    }
  }

  /// Lets `commitRegularly` end once all is committed.
  func endCommits() { answered.endNews() }

  func close() async throws {
    try await consumer.close()
    for producer in producers { try await producer.close() }
  }
}
