import CoreMetrics
import Logging
import ServiceLifecycle
import Settings

/// What every worker shares: its log, its metrics, its health, its start and its end.
///
///     let runtime = Runtime(name: "router", settings: settings.runtime)
///     let router = Router(settings: settings.router, logger: runtime.logger, health: runtime.health)
///     try await runtime.run([router])
public struct Runtime: Sendable {
  /// The worker's logger, labelled with its name.
  public let logger: Logger
  /// What `/healthz` and `/readyz` answer.
  public let health: Health
  /// Where a worker says what its metrics mean; they are made by swift-metrics' own `Counter`, `Timer` and so on.
  public var metrics: PrometheusRegistry { Self.registry }
  private let settings: RuntimeSettings

  /// All metrics of the process; the first runtime makes it swift-metrics' backend.
  private static let registry: PrometheusRegistry = {
    let registry = PrometheusRegistry()
    MetricsSystem.bootstrap(registry)
    return registry
  }()

  /// Sets up logging and metrics of this process; where that is done already, joins them.
  public init(name: String, settings: RuntimeSettings) {
    bootstrapLogging(settings.log)
    _ = Self.registry
    logger = Logger(label: name)
    health = Health(graceTime: settings.graceTime, logger: logger)
    self.settings = settings
  }

  /// Runs services until one fails, or SIGTERM or SIGINT asks for the end, and drains them: the last in the list stops
  /// first and is waited for, so a pipeline's source stands last. The HTTP endpoints answer until all have stopped.
  /// - Parameter onListening: called once with the HTTP port in use.
  /// - Throws: ``WorkerError``, which is logged already: the caller only has to exit with a code other than 0;
  ///   `CancellationError` where the caller's task was cancelled.
  public func run(
    _ services: [any Service], onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) async throws {
    try await runAll(watched(services), onListening)
  }

  /// The same for services that are made first. What they need may take long to be there: meanwhile the endpoints
  /// answer, and SIGTERM ends the wait.
  public func run(
    making services: @escaping @Sendable () async throws -> [any Service],
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) async throws {
    try await runAll(
      [MadeServices(make: { watched(try await services()) }, health: health, logger: logger)], onListening)
  }

  private func runAll(_ services: [any Service], _ onListening: @escaping @Sendable (Int) async -> Void) async throws {
    let server = HealthServer(
      settings: settings.http, health: health, metrics: metrics, logger: logger, onListening: onListening)
    let all = watched([server]) + services + watched([DrainMark(health: health, logger: logger)])
    logger.notice("starts")
    do {
      try await ServiceGroup(configuration: configuration(all)).run()
    } catch {
      try Task.checkCancellation()
      let failure = error as? WorkerError ?? failure(error)
      logger.critical("ends by an error: \(failure)")
      throw failure
    }
    logger.notice("ends")
  }

  private func failure(_ error: any Error) -> WorkerError {
    guard error is CancellationError else { return WorkerError("\(error)") }
    return WorkerError(
      "the drain took longer than worker.drain_timeout (\(settings.drainTimeout.settingText)) and was cut; "
        + "what was begun is taken up again by whoever comes next")
  }

  /// Runs services until `body` ends, then shuts them down as SIGTERM would.
  /// - Throws: what `body` throws; ``WorkerError`` where a service failed first.
  public func run(
    _ services: [any Service], until body: @escaping @Sendable () async throws -> Void
  ) async throws {
    var configuration = configuration(watched(services + [DrainMark(health: health, logger: logger)]))
    configuration.services.append(
      .init(
        service: BodyService(body: body), successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup))
    try await ServiceGroup(configuration: configuration).run()
  }

  private func watched(_ services: [any Service]) -> [any Service] {
    services.map { WatchedService(service: $0, health: health) }
  }

  private func configuration(_ services: [any Service]) -> ServiceGroupConfiguration {
    var configuration = ServiceGroupConfiguration(draining: services, logger: logger)
    configuration.gracefulShutdownSignals = [.sigterm, .sigint]
    configuration.maximumGracefulShutdownDuration = settings.drainTimeout
    // A service that does not even heed cancellation would keep the process for ever; the group then traps.
    configuration.maximumCancellationDuration = .seconds(10)
    return configuration
  }
}

extension ServiceGroupConfiguration {
  /// One that fails drains the others.
  fileprivate init(draining services: [any Service], logger: Logger) {
    self.init(
      services: services.map { service in
        .init(
          service: service, failureTerminationBehavior: .gracefullyShutdownGroup,
          serviceName: (service as? WatchedService)?.name ?? "\(type(of: service))")
      },
      logger: logger)
  }
}

/// Services that are made once the worker has started, and then run within its group.
private struct MadeServices: Service {
  let make: @Sendable () async throws -> [any Service]
  let health: Health
  let logger: Logger

  func run() async throws {
    health.set("services", .starting("what they need is not there yet"))
    let services: [any Service]
    do { services = try await cancelWhenGracefulShutdown(make) } catch let error where Task.isShuttingDownGracefully {
      // Whatever it was that the shutdown cut short, not only a cancellation.
      return logger.notice("asked to end before it had begun: \(error)")
    }
    health.set("services", .ready)
    try await ServiceGroup(configuration: ServiceGroupConfiguration(draining: services, logger: logger)).run()
    // A drain that was cut must not look as one that ended.
    try Task.checkCancellation()
  }
}

/// What a group of services is there for.
private struct BodyService: Service {
  let body: @Sendable () async throws -> Void

  func run() async throws {
    _ = try await untilShutdown { try await body() }
  }
}

/// Turns a service's ways to end into what the group and the health endpoints should know.
struct WatchedService: Service {
  let service: any Service
  let health: Health
  var name: String { "\(type(of: service))" }

  /// - Throws: ``WorkerError`` where the service failed, ended unasked; `CancellationError` where it was cancelled.
  func run() async throws {
    do {
      try await service.run()
    } catch let error where !(error is CancellationError && Task.isCancelled) {
      health.set(name, .failed("\(error)"))
      throw WorkerError("\(name): \(error)")
    }
    // Either the caller was cancelled, or the drain took too long; the runtime knows which.
    try Task.checkCancellation()
    guard Task.isShuttingDownGracefully else {
      health.set(name, .failed("ended unasked"))
      throw WorkerError("\(name) ended though nothing asked it to")
    }
  }
}

/// Stands last in the group, so it is the first to hear of a shutdown.
private struct DrainMark: Service {
  let health: Health
  let logger: Logger

  func run() async throws {
    try await gracefulShutdown()
    health.beginDraining()
    logger.notice("drains")
  }
}
