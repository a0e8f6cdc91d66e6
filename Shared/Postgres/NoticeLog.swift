import CLibpq
import Logging

/// Writes the server's notices to the log instead of standard error.
final class NoticeLog: Sendable {
  private let logger: Logger

  init(_ logger: Logger) { self.logger = logger }

  /// libpq lends the result for the time of the call.
  static let receive: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = { log, result in
    guard let log, let result else { return }
    Unmanaged<NoticeLog>.fromOpaque(log).takeUnretainedValue().write(result)
  }

  private func write(_ result: OpaquePointer) {
    let level: Logger.Level = ResultField.severity.text(of: result) == "WARNING" ? .warning : .debug
    logger.log(level: level, "Postgres: \(ResultField.message.text(of: result) ?? "a notice without text")")
  }
}
