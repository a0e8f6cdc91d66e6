import Foundation
import Kafka
import Logging
import Messages

/// The router's ends in Kafka: where batches come from, and where their outcome and their offsets go.
struct RouterOutlet: Sendable {
  /// Where batches come from.
  let consumer: Consumer
  /// For all batches; `nil` where each is published in a transaction, by its lane.
  private let producer: Producer?
  private let lanes: [TransactionLane]
  private let settings: RouterSettings
  private let answered: AnsweredOffsets
  private let underWay: BatchesUnderWay
  private let parked = ParkedMessages()

  /// How long a poll waits for a first sample before it asks again; only bounds how long a shutdown may take.
  private static let pollWait = Duration.seconds(1)

  /// Long enough for what a batch says to one partition to go in one request: with none, librdkafka sends its first
  /// records alone, and the rest waits behind them.
  private static let producerLinger = Duration.microseconds(500)

  /// So long a router that dies with a transaction open holds up those who read behind it, unless one of its name comes
  /// back before; and so long a join may take amid a transaction, which with the default session is 10 s.
  private static let transactionTimeout = Duration.seconds(15)

  /// How much a successor repeats at most after a crash, beside the batches under way.
  private static let commitInterval = Duration.milliseconds(100)

  /// Waits for the broker where there are transactions to end that a predecessor has left open.
  init(settings: RouterSettings, kafka: KafkaSettings, topics: Topics, logger: Logger) async throws {
    self.settings = settings
    lanes = Self.lanes(settings, kafka, topics, logger)
    producer = lanes.isEmpty ? try Self.producer(kafka, logger) : nil
    for lane in lanes { try await lane.begin() }
    var consuming = ConsumerOptions()
    consuming.instanceID = settings.instanceID
    consuming.linger = settings.batchWait
    let (answered, underWay) = (AnsweredOffsets(), BatchesUnderWay())
    (self.answered, self.underWay) = (answered, underWay)
    consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [topics.samples.name], options: consuming, logger: logger
    ) { going in
      await underWay.settle()
      return answered.offsets(held: going)
    }
  }

  private static func lanes(
    _ settings: RouterSettings, _ kafka: KafkaSettings, _ topics: Topics, _ logger: Logger
  ) -> [TransactionLane] {
    guard settings.isTransactional else { return [] }
    var options = ProducerOptions()
    options.linger = producerLinger
    options.transactionTimeout = transactionTimeout
    let identity = "\(topics.samples.name)-\(settings.group)-\(settings.instanceID ?? UUID().uuidString)"
    return (0..<batchesUnderWay).map { lane in
      options.transactionalID = "\(identity)-\(lane)"
      return TransactionLane(kafka: kafka, options: options, logger: logger)
    }
  }

  private static func producer(_ kafka: KafkaSettings, _ logger: Logger) throws -> Producer {
    var options = ProducerOptions()
    options.linger = producerLinger
    // A broker that is away is waited for.
    options.deliveryTimeout = .zero
    return try Producer(settings: kafka, options: options, logger: logger)
  }

  /// How many batches may be on their way to the broker while the next is taken.
  static let batchesUnderWay = 4

  /// A batch, or what of an earlier one waited for a model.
  struct Intake: Sendable {
    let batch: ConsumedBatch
    var parcel: ParkedMessages.Parcel?
    /// Tasks of which nothing waits here any more, because partitions went.
    var gone: Set<String> = []

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
    let gone = batch.rebalances.isEmpty ? [] : parked.keep(held: await consumer.assignment)
    if !batch.isEmpty { underWay.begin() }
    return Intake(batch: batch, gone: gone)
  }

  /// What is published for records that are too large, by their positions.
  typealias Replacement = @Sendable (_ tooLarge: [Int]) async -> OutgoingBatch

  /// Publishes what was routed. Once the broker has acknowledged all of it and its turn has come, offsets may be committed;
  /// in a transaction they are.
  /// - Parameter lane: which of those under way it is, from 0.
  func publish(
    _ routed: RoutedBatch, of intake: Intake, lane: Int, turn: CommitTurn, replacing replace: Replacement
  ) async throws {
    defer { underWay.end() }
    if !routed.held.isEmpty { parked.park(routed.held, of: intake.batch) }
    for (task, postponed) in routed.postponed {
      parked.park([task: postponed.places], of: intake.batch, until: .now + postponed.wait)
    }
    guard let producer else {
      return try await lanes[lane].publish(
        routed.outgoing, of: intake.batch.partitions, from: consumer, turn: turn, replacing: replace
      ) { committable(intake, routed) }
    }
    let tooLarge = try await OversizedRecords.publishOthers(of: routed.outgoing, by: producer)
    if !tooLarge.isEmpty { try await producer.publish(replace(tooLarge)) }
    try await turn.wait()
    answered.add(committable(intake, routed))
  }

  private func committable(_ intake: Intake, _ routed: RoutedBatch) -> [ConsumedPartition] {
    guard let parcel = intake.parcel else { return parked.committable(of: intake.batch) }
    return parked.committable(of: parcel, except: routed.waiting)
  }

  /// Commits what was answered, until `endCommits`: at once where that is little, and else at most once an interval,
  /// because a commit holds the consumer's thread until the coordinator has answered.
  func commitRegularly() async throws {
    while await answered.news.wait() {
      try await consumer.commit({ answered.offsets(held: $0) }, onceSettled: answered.forget)
      try await Task.sleep(for: Self.commitInterval)
    }
  }

  /// Lets `commitRegularly` end once all is committed.
  func endCommits() { answered.endNews() }

  func close() async throws {
    try await consumer.close()
    try await producer?.close()
    for lane in lanes { try await lane.close() }
  }
}
