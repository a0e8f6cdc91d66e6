import Concurrency
import Foundation
import ImageFetch
import Kafka
import KafkaHealth
import Logging
import Messages
import ServiceLifecycle
import Streams
import WorkerRuntime

/// The worker that answers easy samples and sends hard ones on.
///
/// Each batch is taken, routed and published; once the broker has acknowledged every record its offsets may be committed.
/// A few batches are on this way side by side, so that all cores are busy; their offsets move in the order they were taken.
public struct Router: Service {
  private let settings: RouterSettings
  private let kafka: KafkaSettings
  private let topics: Topics
  private let images: ImageSettings
  private let table: CurrentRoutingTable
  private let shadows: ShadowLedger
  private let probes: RoutingProbes
  private let health: Health
  private let logger: Logger

  /// A router of the tasks in `table`, which may change while it runs.
  /// - Parameters:
  ///   - images: where images by reference may be, and how large.
  ///   - shadows: takes what the table's shadows would have done.
  ///   - probes: takes how many samples were routed together.
  public init(
    settings: RouterSettings, kafka: KafkaSettings, topics: Topics, images: ImageSettings = ImageSettings(),
    table: CurrentRoutingTable, shadows: ShadowLedger = ShadowLedger(), probes: RoutingProbes = RoutingProbes(),
    health: Health, logger: Logger
  ) {
    self.settings = settings
    self.kafka = kafka
    self.topics = topics
    self.images = images
    self.table = table
    self.shadows = shadows
    self.probes = probes
    self.health = health
    self.logger = logger
    health.set("router", .starting("waits for a model in force"))
  }

  /// Routes until a graceful shutdown, then finishes the batches under way.
  /// - Throws: a fatal Kafka error; a restart continues after the last commit.
  public func run() async throws {
    MallocArenas.bound()
    guard let outlet = try await untilShutdown({ try await outlet() }) else { return }
    try await health.showing(outlet.consumer, as: "kafka") { try await run(outlet) }
    try await outlet.close()
  }

  /// Waits for a model, without which every sample would be rejected: they wait in Kafka instead.
  private func outlet() async throws -> RouterOutlet {
    try await table.waitForModel()
    health.set("router", .starting("waits for the broker"))
    return try await RouterOutlet(settings: settings, kafka: kafka, topics: topics, logger: logger)
  }

  private func run(_ outlet: RouterOutlet) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await outlet.commitRegularly() }
      group.addTask {
        try await routeAll(outlet)
        outlet.endCommits()
      }
      // Not `waitForAll`, which after an error goes on waiting for the others.
      while try await group.next() != nil {}
    }
  }

  private func routeAll(_ outlet: RouterOutlet) async throws {
    // More threads than processors would only take turns.
    let threads = (0..<min(RouterOutlet.batchesUnderWay, ProcessInfo.processInfo.activeProcessorCount)).map { _ in
      DedicatedThread(name: "batch router")
    }
    let intake = ImageIntake(images)
    let lanes = try (0..<RouterOutlet.batchesUnderWay).map { lane in
      try BatchRouter(topics: topics, settings: settings, images: intake, thread: threads[lane % threads.count])
    }
    let metrics = RouterMetrics()
    health.set("router", .ready)
    var turn = CommitTurn()
    turn.give()
    var (taken, underWay) = (0, 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      while let intake = try await take(outlet) {
        if underWay > 0, intake.isEmpty || underWay == lanes.count {
          // Also where the stream is quiet: it must not hide that a batch failed.
          try await group.next()
          underWay -= 1
        }
        if intake.isEmpty { continue }
        // Batches end in the order they were taken, so a lane is free again when it is its turn.
        let (own, next, lane) = (turn, CommitTurn(), taken % lanes.count)
        group.addTask {
          // Once begun, a batch is finished: a shutdown waits for it.
          try await finish(intake, in: lanes[lane], outlet, lane: lane, turn: own, metrics)
          next.give()
        }
        (turn, taken, underWay) = (next, taken + 1, underWay + 1)
      }
      while try await group.next() != nil {}
    }
  }

  /// A batch's way from its messages to where its offsets may be committed.
  private func finish(
    _ intake: RouterOutlet.Intake, in router: BatchRouter, _ outlet: RouterOutlet, lane: Int, turn: CommitTurn,
    _ metrics: RouterMetrics
  ) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let now = Timestamp.now
    let routed = try await router.route(intake.batch, intake.places, by: table.value, now: now)
    let middle = clock.now
    metrics.record(routed, size: intake.places?.count ?? intake.batch.count, routing: middle - start)
    try await outlet.publish(routed, of: intake, lane: lane, turn: turn) { tooLarge in
      health.rejected(tooLarge.count, of: nil, because: "too large for the broker")
      return await router.rejections(ofTooLarge: tooLarge, in: routed, of: intake.batch, now: .now)
    }
    tellOfImages(routed)
    for (kind, count) in routed.rejected { health.rejected(count, of: kind.task, because: kind.fault) }
    shadows.add(routed.shadowed)
    probes.add(routed.samples, audits: routed.audits, routedAt: now)
    if let failure = routed.shadowFailure { logger.warning("a shadow cannot answer: \(failure)") }
    metrics.recordPublishing(clock.now - middle)
  }

  /// A task of which no image comes is held: its samples by reference wait, and are fetched again.
  private func tellOfImages(_ routed: RoutedBatch) {
    for (task, count) in routed.fetched {
      if count == 0, let reason = routed.postponed[task]?.hold {
        health.hold(task, "images", because: reason)
      } else if count > 0 || routed.postponed[task] == nil {
        health.release(task, "images")
      }
    }
  }

  /// What comes next; `nil` once a shutdown has begun.
  private func take(_ outlet: RouterOutlet) async throws -> RouterOutlet.Intake? {
    let intake = try await untilShutdown { try await outlet.take(by: table.value) }
    if intake == nil { logger.info("stops taking samples") }
    // Whoever has their partitions now says whether they wait there.
    for task in intake?.gone ?? [] { health.release(task, "images") }
    return intake
  }
}
