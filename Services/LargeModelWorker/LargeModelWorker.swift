import Foundation
import Kafka
import KafkaHealth
import LargeModelFlow
import Logging
import Messages
import ServiceLifecycle
import WorkerRuntime

/// The worker that asks the large model about hard samples.
///
/// Batches are under way side by side and end in any order; what is contiguously done is committed. Polling goes on
/// while all are busy, with the partitions paused, so that a slow model never costs the membership. A task whose server
/// is away, or whose budget is spent, is held back: its samples are neither rejected nor asked about in vain.
public struct LargeModelWorker: Service {
  private let settings: LargeModelWorkerSettings
  private let kafka: KafkaSettings
  private let desk: LargeModelDesk
  private let health: Health
  private let clock: RelativeClock
  private let logger: Logger

  /// A worker for `tasks`.
  public init(
    settings: LargeModelWorkerSettings, kafka: KafkaSettings, topics: Topics, tasks: [String: LargeModelTask],
    facts: @escaping FactsLookup, health: Health, clock: RelativeClock = RelativeClock(), logger: Logger
  ) {
    self.settings = settings
    self.kafka = kafka
    desk = LargeModelDesk(tasks: tasks, facts: facts, topics: topics)
    self.health = health
    self.clock = clock
    self.logger = logger
    health.set("large-model-worker", .starting("joins the consumer group"))
  }

  /// Answers until a graceful shutdown, then finishes what is under way.
  /// - Throws: a fatal Kafka error, or what makes the large model fail as a whole; a restart continues.
  public func run() async throws {
    var options = ConsumerOptions()
    options.instanceID = settings.instanceID
    options.revokeDeadline = Self.patience
    let departures = Departures()
    let consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [desk.topics.hard], options: options, logger: logger
    ) { going in await departures.offsets(of: Array(going.keys)) }
    var producing = ProducerOptions()
    // A broker that is away is waited for.
    producing.deliveryTimeout = .zero
    let producer = try Producer(settings: kafka, options: producing, logger: logger)
    health.set("large-model-worker", .ready)
    try await health.showing(consumer, as: "kafka") { try await answerAll(from: consumer, to: producer, departures) }
    try await consumer.close()
    try await producer.close()
  }

  private enum Event: Sendable {
    case taken(ConsumedBatch)
    case stopped
    case leaving
    case answered([HardItem], LargeModelDesk.Outcome)
    case published([HardItem], postponed: [HardItem])
  }

  /// How long partitions that move to another worker wait for the answers under way.
  private static let patience = Duration.seconds(15)

  private func answerAll(from consumer: Consumer, to producer: Producer, _ departures: Departures) async throws {
    let reader = try HardSampleReader(topics: desk.topics)
    let metrics = LargeModelWorkerMetrics()
    var serverMetrics = ServerMetrics()
    var backlog = Backlog(
      pace: Pace(batchSize: settings.batchSize, inFlight: settings.inFlight),
      paces: desk.tasks.compactMapValues(\.pace))
    var (isStopping, isPaused) = (false, false)
    try await withThrowingTaskGroup(of: Event.self) { group in
      defer { departures.end() }
      group.addTask { try await take(from: consumer) }
      group.addTask { await departures.hasNews() ? .leaving : .stopped }
      while let event = try await group.next() {
        switch event {
        case .taken(let batch):
          try await queue(batch, reader, producer, &backlog)
          await lookAtServers(&backlog, &serverMetrics)
          isPaused = try await regulate(consumer, backlog, isPaused: isPaused, batch)
          let done = backlog.takeCommittable()
          group.addTask {
            // Not in the loop: it may take as long as a rebalance does.
            try await consumer.commit(done)
            return try await take(from: consumer)
          }
        case .stopped:
          isStopping = true
          departures.end()
        case .leaving:
          group.addTask { await departures.hasNews() ? .leaving : .stopped }
        case .answered(let items, let outcome):
          metrics.record(outcome)
          postpone(outcome, &backlog)
          group.addTask {
            try await desk.publish(outcome, by: producer)
            return .published(items, postponed: outcome.postponed)
          }
        case .published(let items, let postponed):
          backlog.finish(items, except: postponed)
        }
        letGo(departures, &backlog)
        while !isStopping, let items = backlog.next(at: clock.now) {
          group.addTask { .answered(items, try await desk.answer(items)) }
        }
      }
    }
    try await consumer.commit(backlog.takeCommittable())
  }

  /// The most messages of a poll, and the most bytes.
  private static let (pollSize, pollBytes) = (1000, 4 << 20)
  /// How long a poll waits before it returns empty; bounds how late a commit may be.
  private static let pollWait = Duration.milliseconds(250)

  private func take(from consumer: Consumer) async throws -> Event {
    do {
      return try await cancelWhenGracefulShutdown {
        .taken(
          try await consumer.nextBatch(maximum: Self.pollSize, maximumBytes: Self.pollBytes, wait: Self.pollWait))
      }
    } catch is CancellationError {
      return .stopped
    }
  }

  /// Begins nothing more of partitions that are to go, and lets them go once what was begun is done.
  private func letGo(_ departures: Departures, _ backlog: inout Backlog) {
    backlog.release(departures.partitions)
    departures.answer { partitions, isDue in
      backlog.isUnderWay(partitions) && !isDue ? nil : backlog.committable(of: partitions)
    }
  }

  private func queue(
    _ batch: ConsumedBatch, _ reader: HardSampleReader, _ producer: Producer, _ backlog: inout Backlog
  ) async throws {
    backlog.begin(batch)
    let read = reader.read(batch)
    backlog.append(read.items)
    guard !read.rejections.isEmpty else { return }
    let tooLarge = try await OversizedRecords.publishOthers(of: read.rejections, by: producer)
    if !tooLarge.isEmpty { try await producer.publish(reader.smallRejections(of: tooLarge, in: read, of: batch)) }
    for message in read.rejected {
      backlog.finish(message.place, offset: message.offset, generation: message.generation)
    }
  }

  /// Counts what servers were asked, and holds back tasks of which none is well for as long as their circuits are open.
  private func lookAtServers(_ backlog: inout Backlog, _ metrics: inout ServerMetrics) async {
    var reasons: [String] = []
    for (name, task) in desk.tasks {
      guard let server = task.server else { continue }
      metrics.record(name, server.statistics)
      guard let pause = await server.pause else { continue }
      backlog.hold(name, until: clock.now + pause)
      reasons.append("task \(name): every endpoint of the large model fails; asked again in \(pause)")
    }
    health.set("large-model", reasons.isEmpty ? .ready : .degraded(reasons.joined(separator: "; ")))
  }

  /// How soon a sample that could not be asked about is tried again, and how late at most.
  private static let postponement = (least: Duration.seconds(1), most: Duration.seconds(60))

  private func postpone(_ outcome: LargeModelDesk.Outcome, _ backlog: inout Backlog) {
    guard let postponement = outcome.postponement, let task = outcome.postponed.first?.hard.sample.task else { return }
    backlog.putBack(outcome.postponed)
    // The wall clock may be set: it is looked at again before the hour or day is over.
    let wait = postponement.until.map { Duration.seconds(max(0, min($0.timeIntervalSinceNow, 60))) } ?? .zero
    // Many under way at once learn the same.
    if !backlog.isHeld(task, at: clock.now) { logger.warning("task \(task) waits: \(postponement.reason)") }
    backlog.hold(task, until: clock.now + min(max(wait, Self.postponement.least), Self.postponement.most))
  }

  /// Pauses what is held while the backlog is full or nothing of it may be asked, and lets it flow again once there is
  /// room.
  /// - Returns: whether it is paused now.
  private func regulate(
    _ consumer: Consumer, _ backlog: Backlog, isPaused: Bool, _ batch: ConsumedBatch
  ) async throws -> Bool {
    // What was assigned while the rest is paused flows at first.
    let isNew = batch.rebalances.contains { if case .assigned = $0 { true } else { false } }
    let isHeld = backlog.isHeld(at: clock.now)
    if backlog.isFull || isHeld, !isPaused || isNew {
      try await consumer.pause(Array(await consumer.assignment.keys))
      return true
    }
    if isPaused, backlog.hasRoom, !isHeld {
      try await consumer.resume(Array(await consumer.assignment.keys))
      return false
    }
    return isPaused
  }
}
