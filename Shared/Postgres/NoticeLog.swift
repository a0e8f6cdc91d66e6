import CLibpq
import Logging
import Synchronization

/// Writes the server's notices to the log instead of standard error.
final class NoticeLog: Sendable {
  private let logger: Logger
  private let fatal = Atomic(false)

  /// Whether the server has said, unasked, that it ends the connection.
  var hasEnded: Bool { fatal.load(ordering: .acquiring) }

  init(_ logger: Logger) { self.logger = logger }

  /// libpq lends the result for the time of the call.
  static let receive: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = { log, result in
    guard let log, let result else { return }
    Unmanaged<NoticeLog>.fromOpaque(log).takeUnretainedValue().write(result)
  }

  private func write(_ result: OpaquePointer) {
    let severity = ResultField.severity.text(of: result) ?? ""
    if ["FATAL", "PANIC"].contains(severity) { fatal.store(true, ordering: .releasing) }
    let level: Logger.Level = severity == "WARNING" ? .warning : .debug
    logger.log(level: level, "Postgres: \(ResultField.message.text(of: result) ?? "a notice without text")")
  }
}
