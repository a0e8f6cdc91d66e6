import Logging
import Settings

/// How and how much a process logs: section `log`.
///
/// What the levels mean here:
/// - `critical`: the process ends because of this, with a non-zero exit.
/// - `error`: work failed and is kept for another try, or a rejection was written; somebody should look today.
/// - `warning`: the worker goes on, with less: a reconnect, a model that was not promoted, input that was cut.
/// - `notice`: what an operator wants to see of a healthy run: start, stop, model version swapped, partitions assigned.
/// - `info`: the same at the pace of minutes: totals, rates.
/// - `debug`: one line a batch. `trace`: one line a sample; never the sample's text above `trace`.
public struct LogSettings: Sendable, Equatable {
  /// The lines' form.
  public enum Format: String, CaseIterable, Sendable {
    /// `text` on a terminal, `json` otherwise.
    case auto
    /// For people.
    case text
    /// One JSON object a line.
    case json
  }

  package var level: Logger.Level
  package var format: Format
  /// A file that takes the lines in place of standard error, where that shows something else; it is made anew.
  public var file: String?

  /// Log settings in code.
  public init(level: Logger.Level = .info, format: Format = .auto, file: String? = nil) {
    self.level = level
    self.format = format
    self.file = file
  }

  /// Reads section `log`.
  public init(_ reader: SettingsReader) {
    self.init()
    reader.read("level", &level, .choice, help: "The least level that is written.")
    reader.read(
      "format", &format, .choice,
      help: "`text` for people, `json` with one object a line, `auto`: `text` on a terminal, else `json`.")
  }
}
