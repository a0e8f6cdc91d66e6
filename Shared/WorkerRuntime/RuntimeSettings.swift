/// Where a worker serves metrics and health: section `http`.
public struct HTTPSettings: Sendable, Equatable {
  /// Address to bind.
  public var host: String
  /// Port to bind; 0 for any free one, which is logged.
  public var port: Int

  /// HTTP settings in code.
  public init(host: String = "127.0.0.1", port: Int = 0) {
    self.host = host
    self.port = port
  }

  /// Reads section `http`: `http.host` (default 0.0.0.0) and `http.port` (default 8080).
  public init(_ reader: SettingsReader) {
    host = reader.text("host", default: "0.0.0.0")
    port = reader.integer("port", default: 8080, in: 0...65_535)
  }
}

/// What every worker has: log, HTTP, and how long it may drain.
public struct RuntimeSettings: Sendable, Equatable {
  /// Section `log`.
  public var log: LogSettings
  /// Section `http`.
  public var http: HTTPSettings
  /// After this long a shutdown no longer waits for work that was begun; it is taken up again by whoever comes next.
  public var drainTimeout: Duration

  /// Runtime settings in code.
  public init(
    log: LogSettings = LogSettings(), http: HTTPSettings = HTTPSettings(), drainTimeout: Duration = .seconds(25)
  ) {
    self.log = log
    self.http = http
    self.drainTimeout = drainTimeout
  }

  /// Reads sections `log`, `http` and `worker` (`worker.drain_timeout`, default 25s: under the 30 s that Kubernetes
  /// waits before it kills).
  /// - Parameter reader: the reader of all sections.
  public init(_ reader: SettingsReader) {
    log = LogSettings(reader.section("log"))
    http = HTTPSettings(reader.section("http"))
    drainTimeout = reader.section("worker")
      .duration("drain_timeout", default: .seconds(25), in: .seconds(1)...(.seconds(3600)))
  }
}
