import Foundation
import Settings

/// Where a worker serves metrics and health, and who may read them: section `http`.
public struct HTTPSettings: Sendable, Equatable {
  /// Address to bind.
  public var host: String
  /// Port to bind; 0 for any free one, which is logged.
  public var port: Int
  /// Whoever presents it may read what tells more than whether the worker is alive and ready; `nil` lets everybody.
  public var token: String?

  /// HTTP settings in code.
  public init(host: String = "127.0.0.1", port: Int = 0, token: String? = nil) {
    self.host = host
    self.port = port
    self.token = token
  }

  /// Reads section `http`: `http.host` (default 127.0.0.1, which other machines do not reach), `http.port` (default
  /// 8080), and `http.token` or `http.token_file`, a file that holds the token alone.
  public init(_ reader: SettingsReader) {
    host = reader.text("host", default: "127.0.0.1")
    port = reader.integer("port", default: 8080, in: 0...65_535)
    token = Self.token(reader)
  }

  private static func token(_ reader: SettingsReader) -> String? {
    let (given, file) = (reader.text("token", secret: true), reader.text("token_file"))
    if given != nil, file != nil { reader.refuse("token", because: "excludes http.token_file; set one of the two") }
    let key = file == nil ? "token" : "token_file"
    var token = given
    if let file {
      guard let contents = FileManager.default.contents(atPath: file) else {
        reader.refuse(key, because: "\(file) cannot be read; it must hold the token alone")
        return nil
      }
      token = String(decoding: contents, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    // Such a token could not be sent in a header.
    if let token, token.isEmpty || !token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
      reader.refuse(key, because: "must be of visible ASCII characters, without spaces")
    }
    return token
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
  /// How long a broker or a database may be away before the worker is not ready.
  public var graceTime: Duration

  /// Runtime settings in code.
  public init(
    log: LogSettings = LogSettings(), http: HTTPSettings = HTTPSettings(), drainTimeout: Duration = .seconds(25),
    graceTime: Duration = .seconds(30)
  ) {
    self.log = log
    self.http = http
    self.drainTimeout = drainTimeout
    self.graceTime = graceTime
  }

  /// Reads sections `log`, `http` and `worker` (`worker.drain_timeout`, default 25s: under the 30 s that Kubernetes
  /// waits before it kills; `worker.grace_time`, default 30s).
  /// - Parameter reader: the reader of all sections.
  public init(_ reader: SettingsReader) {
    log = LogSettings(reader.section("log"))
    http = HTTPSettings(reader.section("http"))
    let worker = reader.section("worker")
    drainTimeout = worker.duration("drain_timeout", default: .seconds(25), in: .seconds(1)...(.seconds(3600)))
    graceTime = worker.duration("grace_time", default: .seconds(30), in: .zero...(.seconds(3600)))
  }
}
