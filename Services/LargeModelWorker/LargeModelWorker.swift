import Concurrency
import Foundation
import ImageFetch
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
    settings: LargeModelWorkerSettings, kafka: KafkaSettings, topics: Topics, images: ImageSettings = ImageSettings(),
    tasks: [String: LargeModelTask], facts: @escaping FactsLookup, health: Health,
    clock: RelativeClock = RelativeClock(), logger: Logger
  ) {
    self.settings = settings
    self.kafka = kafka
    desk = LargeModelDesk(
      tasks: tasks, facts: facts, topics: topics, images: ImageFetcher(images), longestImage: images.keptBytes)
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
      settings: kafka, group: settings.group, topics: [desk.topics.hard.name], options: options, logger: logger
    ) { going in await departures.offsets(of: Array(going.keys)) }
    var producing = ProducerOptions()
    // A broker that is away is waited for.
    producing.deliveryTimeout = .zero
    let producer = try Producer(settings: kafka, options: producing, logger: logger)
    health.set("large-model-worker", .ready)
    for (name, task) in desk.tasks { if let lack = task.lack { health.hold(name, "reads", because: lack) } }
    try await health.showing(consumer, as: "kafka") { try await answerAll(from: consumer, to: producer, departures) }
    try await consumer.close()
    try await producer.close()
  }

  private enum Event: Sendable {
    case taken(ConsumedBatch)
    case stopped
    case leaving
    case answered([HardItem], LargeModelDesk.Outcome, TaskHolds.Mark)
    case published([HardItem], postponed: [HardItem])
  }

  /// How long partitions that move to another worker wait for the answers under way.
  private static let patience = Duration.seconds(15)

  private func answerAll(from consumer: Consumer, to producer: Producer, _ departures: Departures) async throws {
    let reader = try HardSampleReader(topics: desk.topics)
    let metrics = LargeModelWorkerMetrics()
    var serverMetrics = ServerMetrics()
    var holds = TaskHolds()
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
          if !batch.rebalances.isEmpty { holds.forgetSamples() }
          await lookAtServers(&backlog, &holds, &serverMetrics)
          isPaused = try await regulate(consumer, backlog, isPaused: isPaused, batch)
          let done = backlog.takeCommittable()
          group.addTask { try await commit(done, thenTakeFrom: consumer) }
        case .stopped:
          isStopping = true
          departures.end()
        case .leaving:
          group.addTask { await departures.hasNews() ? .leaving : .stopped }
        case .answered(let items, var outcome, let mark):
          settle(&outcome, items, mark, &backlog, &holds)
          metrics.record(outcome)
          group.addTask { [outcome] in
            try await desk.publish(outcome, by: producer)
            return .published(items, postponed: outcome.postponed)
          }
        case .published(let items, let postponed):
          backlog.finish(items, except: postponed)
        }
        letGo(departures, &backlog)
        if !isStopping { ask(&backlog, holds, in: &group) }
      }
    }
    try await consumer.commit(backlog.takeCommittable())
  }

  /// The most messages of a poll, and the most bytes.
  private static let (pollSize, pollBytes) = (1000, 4 << 20)
  /// How long a poll waits before it returns empty; bounds how late a commit may be.
  private static let pollWait = Duration.milliseconds(250)

  /// Beside the loop: a commit may take as long as a rebalance does.
  private func commit(_ done: [TopicPartition: Int64], thenTakeFrom consumer: Consumer) async throws -> Event {
    try await consumer.commit(done)
    return try await take(from: consumer)
  }

  private func take(from consumer: Consumer) async throws -> Event {
    let batch = try await untilShutdown {
      try await consumer.nextBatch(maximum: Self.pollSize, maximumBytes: Self.pollBytes, wait: Self.pollWait)
    }
    return batch.map(Event.taken) ?? .stopped
  }

  /// Asks about all that may be asked about now.
  private func ask(_ backlog: inout Backlog, _ holds: TaskHolds, in group: inout ThrowingTaskGroup<Event, any Error>) {
    while let items = backlog.next(at: clock.now) {
      let (mark, needsControl) = (holds.mark(items[0].hard.sample.task), holds.needsControl(items))
      group.addTask { .answered(items, try await desk.answer(items, needsControl: needsControl), mark) }
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
      health.rejected(of: nil, because: message.reason)
      backlog.finish(message.place, offset: message.offset, generation: message.generation)
    }
  }

  /// Counts what servers were asked, and holds back tasks of which none may be asked for as long as that lasts.
  private func lookAtServers(
    _ backlog: inout Backlog, _ holds: inout TaskHolds, _ metrics: inout ServerMetrics
  ) async {
    for (name, task) in desk.tasks {
      if let server = task.server { metrics.record(name, server.statistics) }
      if backlog.isIdle(name) {
        if let cause = holds.idle(name), task.lack == nil { health.release(name, cause) }
      } else if let pause = await task.server?.pause {
        backlog.hold(name, until: clock.now + pause.duration)
        if let cause = holds.pause(name, for: pause.cause.rawValue) { health.release(name, cause) }
        health.hold(name, pause.cause.rawValue, because: pause.reason)
      }
    }
  }

  /// Rejects samples whose own fault it is, postpones others, and holds their task back or lets it go on.
  private func settle(
    _ outcome: inout LargeModelDesk.Outcome, _ items: [HardItem], _ mark: TaskHolds.Mark, _ backlog: inout Backlog,
    _ holds: inout TaskHolds
  ) {
    guard let name = items.first?.hard.sample.task else { return }
    let consequence = holds.take(
      outcome, of: name, asked: mark, retry: desk.tasks[name]?.server?.retry ?? RetryPolicy(),
      isHeld: backlog.isHeld(name, at: clock.now))
    for (item, error) in consequence.rejected { desk.reject(item, error, &outcome) }
    for (reason, count) in outcome.reasons { health.rejected(count, of: name, because: reason) }
    outcome.postponed = consequence.postponed.map(\.item)
    for (item, wait) in consequence.postponed { backlog.postpone([item], until: clock.now + wait) }
    if let cause = consequence.released { health.release(name, cause) }
    if consequence.isRecovered { backlog.recover(name) }
    guard let (hold, wait) = consequence.hold else { return }
    backlog.hold(name, until: clock.now + wait)
    health.hold(name, hold.cause, because: hold.reason)
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
