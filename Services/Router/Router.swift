import Kafka
import Logging
import Messages
import ServiceLifecycle
import WorkerRuntime

/// The worker that answers easy samples and sends hard ones on.
///
/// One batch after the other: take, route, publish, and, once the broker has acknowledged every record, commit. While
/// batches are on their way to the broker the next one is taken and routed; they commit in the order they were taken.
public struct Router: Service {
  private let settings: RouterSettings
  private let kafka: KafkaSettings
  private let topics: Topics
  private let table: CurrentRoutingTable
  private let shadows: ShadowLedger
  private let health: Health
  private let logger: Logger

  /// A router of the tasks in `table`, which may change while it runs.
  /// - Parameter shadows: takes what the table's shadows would have done.
  public init(
    settings: RouterSettings, kafka: KafkaSettings, topics: Topics, table: CurrentRoutingTable,
    shadows: ShadowLedger = ShadowLedger(), health: Health, logger: Logger
  ) {
    self.settings = settings
    self.kafka = kafka
    self.topics = topics
    self.table = table
    self.shadows = shadows
    self.health = health
    self.logger = logger
    health.set("router", .starting("waits for a model in force"))
  }

  /// Routes until a graceful shutdown, then finishes the batch at hand.
  /// - Throws: a fatal Kafka error; a restart continues after the last commit.
  public func run() async throws {
    do {
      // Without a model every sample would be rejected: they wait in Kafka instead.
      try await cancelWhenGracefulShutdown { try await table.waitForModel() }
    } catch is CancellationError {
      return
    }
    let outlet = try await RouterOutlet(settings: settings, kafka: kafka, topics: topics, logger: logger)
    try await routeAll(outlet)
    try await outlet.close()
  }

  private func routeAll(_ outlet: RouterOutlet) async throws {
    let router = try BatchRouter(topics: topics, settings: settings)
    let metrics = RouterMetrics()
    let clock = ContinuousClock()
    health.set("router", .ready)
    var turn = CommitTurn()
    turn.give()
    var underWay = 0
    try await withThrowingTaskGroup(of: Void.self) { publishing in
      while let batch = try await take(outlet) {
        if !batch.isEmpty {
          let start = clock.now
          let routed = try router.route(batch, by: table.value, now: .now)
          metrics.record(routed.counts, size: batch.count, routing: clock.now - start)
          if underWay == outlet.batchesUnderWay {
            try await publishing.next()
            underWay -= 1
          }
          let (own, next) = (turn, CommitTurn())
          publishing.addTask {
            // Once begun, a batch is finished: a shutdown waits for it.
            let start = clock.now
            try await outlet.publishAndCommit(routed.outgoing, batch, turn: own)
            next.give()
            shadows.add(routed.shadowed)
            if let failure = routed.shadowFailure { logger.warning("a shadow cannot answer: \(failure)") }
            metrics.recordPublishing(clock.now - start)
          }
          turn = next
          underWay += 1
        } else if underWay > 0 {
          // A quiet stream must not hide that a batch failed.
          try await publishing.next()
          underWay -= 1
        }
      }
      try await publishing.waitForAll()
    }
  }

  /// The next batch; `nil` once a shutdown has begun.
  private func take(_ outlet: RouterOutlet) async throws -> ConsumedBatch? {
    do {
      return try await cancelWhenGracefulShutdown { try await outlet.take() }
    } catch is CancellationError where Task.isShuttingDownGracefully {
      logger.info("stops taking samples")
      return nil
    }
  }
}
