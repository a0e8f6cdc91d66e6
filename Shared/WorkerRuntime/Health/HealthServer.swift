import Hummingbird
import Logging
import ServiceLifecycle

/// Serves `/metrics`, `/healthz` and `/readyz` to operators.
///
/// - `/healthz`: 200 while the process can work, 503 after a fatal error.
/// - `/readyz`: 200 once every component is ready, else 503; the body names those that are not, and why.
public struct HealthServer: Service {
  private let settings: HTTPSettings
  private let health: Health
  private let metrics: PrometheusRegistry
  private let logger: Logger
  private let onListening: @Sendable (Int) async -> Void

  /// - Parameter onListening: called once with the port in use.
  public init(
    settings: HTTPSettings, health: Health, metrics: PrometheusRegistry, logger: Logger,
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.settings = settings
    self.health = health
    self.metrics = metrics
    self.logger = logger
    self.onListening = onListening
  }

  /// Serves until shutdown.
  /// - Throws: ``WorkerError`` where the port cannot be taken.
  public func run() async throws {
    let address = settings.port == 0 ? "any free port" : "port \(settings.port)"
    do {
      try await application().run()
    } catch {
      throw WorkerError(
        "metrics and health cannot be served on \(settings.host), \(address): \(error); "
          + "set http.port (SHUNT_HTTP_PORT) to another, 0 for any free one")
    }
  }

  private func application() -> some ApplicationProtocol {
    // Hummingbird tells of each connection at these levels; an operator reads the worker's log, not the probe's.
    var quiet = logger
    quiet.logLevel = max(.warning, logger.logLevel)
    return Application(
      router: router(),
      configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: "shunt"),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? settings.port
        logger.notice("metrics and health", metadata: ["url": "http://\(settings.host):\(port)"])
        await onListening(port)
      },
      logger: quiet)
  }

  private func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.get("/metrics") { [metrics] _, _ in
      text(metrics.render() + ProcessMetrics.render(), type: PrometheusText.contentType)
    }
    router.get("/healthz") { [health] _, _ in
      let state = health.state
      return text(state.report, status: state.isAlive ? .ok : .serviceUnavailable)
    }
    router.get("/readyz") { [health] _, _ in
      let state = health.state
      return text(state.report, status: state.isReady ? .ok : .serviceUnavailable)
    }
    return router
  }
}

private func text(
  _ body: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
) -> Response {
  Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: body)))
}
