import Hummingbird
import Logging
import ServiceLifecycle

/// Serves `/metrics`, `/healthz` and `/readyz` to operators.
///
/// - `/healthz`: 200 while the process can work, 503 after a fatal error.
/// - `/readyz`: 200 once every component is ready, else 503.
///
/// The bodies of both, and `/metrics`, tell what is wrong. Where there is a token, they tell it only to whoever presents
/// it as `Authorization: Bearer …`; others get `/metrics` refused with 401, and of the rest only the status.
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

  private var isLoopback: Bool { settings.host.hasPrefix("127.") || ["::1", "localhost"].contains(settings.host) }

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
        if !isLoopback, settings.token == nil {
          logger.warning(
            "whoever reaches this address reads metrics and health; set http.token, or http.host to 127.0.0.1")
        }
        await onListening(port)
      },
      logger: quiet)
  }

  private func router() -> Router<BasicRequestContext> {
    let router = Router()
    let access = HealthAccess(token: settings.token)
    router.get("/metrics") { [health, metrics] request, _ in
      guard access.admits(request.headers[.authorization]) else { return unauthorized() }
      return text(
        metrics.render() + health.state.metrics + ProcessMetrics.render(), type: PrometheusText.contentType)
    }
    router.get("/healthz") { [health] request, _ in
      let state = health.state
      return report(state, isGood: state.isAlive, isFull: access.admits(request.headers[.authorization]))
    }
    router.get("/readyz") { [health] request, _ in
      let state = health.state
      return report(state, isGood: state.isReady, isFull: access.admits(request.headers[.authorization]))
    }
    return router
  }
}

/// Who may read what tells more than whether a worker is alive.
struct HealthAccess: Sendable {
  /// `nil` where everybody may.
  let token: String?

  /// Whether a request with this `Authorization` may. A wrong token takes as long as the right one.
  func admits(_ authorization: String?) -> Bool {
    guard let token else { return true }
    guard let authorization else { return false }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
    let (given, right) = (Array(parts[1].utf8), Array(token.utf8))
    var difference = given.count ^ right.count
    for index in given.indices { difference |= Int(given[index] ^ (index < right.count ? right[index] : 0)) }
    return difference == 0
  }
}

private func report(_ state: HealthState, isGood: Bool, isFull: Bool) -> Response {
  text(
    isFull ? state.report : isGood ? "ok\n" : "not ok; the reasons are told to whoever presents http.token\n",
    status: isGood ? .ok : .serviceUnavailable)
}

private func unauthorized() -> Response {
  var response = text("present http.token, as \"Authorization: Bearer …\"\n", status: .unauthorized)
  response.headers[.wwwAuthenticate] = "Bearer"
  return response
}

private func text(
  _ body: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
) -> Response {
  Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: body)))
}
