import Foundation
import Settings

/// Where a worker serves metrics and health, and who may read them: section `http`.
public struct HTTPSettings: Sendable, Equatable {
  package var host: String
  package var port: Int
  package var token: String?

  /// HTTP settings in code.
  public init(host: String = "127.0.0.1", port: Int = 0, token: String? = nil) {
    self.host = host
    self.port = port
    self.token = token
  }

  /// Reads section `http`.
  public init(_ reader: SettingsReader) {
    self.init(port: 8080)
    reader.read("host", &host, .filledText, help: "The address to bind; other machines do not reach 127.0.0.1.")
    reader.read("port", &port, .integer(in: 0...65_535), help: "The port to bind; 0: any free one, which is logged.")
    token = Self.token(reader)
  }

  private static func token(_ reader: SettingsReader) -> String? {
    var (given, file) = (String?.none, String?.none)
    reader.read(
      "token", &given, .text, secret: true,
      help: "Whoever presents it may read what tells more than whether the worker is alive and ready, `/metrics` above "
        + "all; unset, everybody may. Visible ASCII characters without spaces.")
    reader.read("token_file", &file, .text, help: "A file that holds the token alone, in its place.")
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
  package var log: LogSettings
  package var http: HTTPSettings
  package var drainTimeout: Duration
  package var graceTime: Duration

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

  /// Reads sections `log`, `http` and `worker`.
  /// - Parameter reader: the reader of all sections.
  public init(_ reader: SettingsReader) {
    self.init(log: LogSettings(reader.section("log")), http: HTTPSettings(reader.section("http")))
    let worker = reader.section("worker")
    worker.read(
      "drain_timeout", &drainTimeout, .duration(in: .seconds(1) ... .seconds(3600)),
      help: "After this long a shutdown no longer waits for work that was begun; it is taken up again by whoever comes "
        + "next. Kubernetes kills after 30 s.")
    worker.read(
      "grace_time", &graceTime, .duration(in: .zero ... .seconds(3600)),
      help: "How long a broker or a database may be away before the worker is not ready.")
  }
}
