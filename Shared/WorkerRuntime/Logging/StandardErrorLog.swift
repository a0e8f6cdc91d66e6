import Foundation
import Logging

/// A log handler that writes whole lines to standard error or a file, so that standard output stays for results.
struct StandardErrorLog: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  let label: String
  let format: LogSettings.Format
  private let descriptor: Int32

  init(label: String, settings: LogSettings, descriptor: Int32 = STDERR_FILENO) {
    self.label = label
    self.descriptor = descriptor
    logLevel = settings.level
    let isTerminal = isatty(descriptor) == 1
    format = settings.format == .auto ? (isTerminal ? .text : .json) : settings.format
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let line = line(for: event)
    let bytes = Array((format == .json ? line.json : line.text).utf8) + [UInt8(ascii: "\n")]
    // One call a line keeps lines of several threads apart. A log that cannot be written has nowhere to say so.
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }

  /// The event with the metadata of provider, logger and call; the nearer to the call wins.
  func line(for event: LogEvent, at time: Date = Date()) -> LogLine {
    var merged = (metadataProvider?.get() ?? [:]).merging(metadata) { $1 }
    merged.merge(event.metadata ?? [:]) { $1 }
    if let error = event.error { merged["error"] = "\(error)" }
    return LogLine(time: time, level: event.level, label: label, message: "\(event.message)", metadata: merged)
  }
}
