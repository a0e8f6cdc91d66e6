import Foundation
import Postgres

/// A sign that a task's stream is no longer what its model was calibrated on.
public struct DriftAlarm: Sendable, Equatable {
  /// The task's name.
  public let task: String
  /// What moved: `label_mix`, `confidence`, `agreement`.
  public let kind: String
  /// What was measured.
  public let statistic: Double
  /// What it passed.
  public let threshold: Double
  /// Samples in the window.
  public let samples: Int
  /// The window's first instant.
  public let windowStart: Date
  /// The window's end.
  public let windowEnd: Date
  /// In words and numbers.
  public let message: String

  /// An alarm from plain fields.
  public init(
    task: String, kind: String, statistic: Double, threshold: Double, samples: Int, windowStart: Date, windowEnd: Date,
    message: String
  ) {
    self.task = task
    self.kind = kind
    self.statistic = statistic
    self.threshold = threshold
    self.samples = samples
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.message = message
  }
}

extension ModelStore {
  /// Keeps an alarm.
  public func raise(_ alarm: DriftAlarm) async throws {
    try await connection.execute(
      """
      INSERT INTO drift_alarms (task, kind, statistic, threshold, samples, window_start, window_end, message)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .text(alarm.task), .text(alarm.kind), .double(alarm.statistic), .double(alarm.threshold),
        .integer(alarm.samples), .timestamp(alarm.windowStart), .timestamp(alarm.windowEnd), .text(alarm.message),
      ])
  }

  /// A task's alarms, newest first.
  public func alarms(task: String, limit: Int = 20) async throws -> [DriftAlarm] {
    try await read(
      "SELECT * FROM drift_alarms WHERE task = $1 ORDER BY id DESC LIMIT $2::bigint", [.text(task), .integer(limit)]
    ).map(DriftAlarm.init)
  }
}

extension DriftAlarm {
  fileprivate init(_ row: Row) throws {
    self.init(
      task: try row["task"], kind: try row["kind"], statistic: try row["statistic"], threshold: try row["threshold"],
      samples: try row["samples"], windowStart: try row["window_start"], windowEnd: try row["window_end"],
      message: try row["message"])
  }
}
