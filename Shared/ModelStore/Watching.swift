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

/// Sums over what a shadow version would have answered.
public struct ShadowSums: Sendable, Equatable {
  /// Samples that it saw.
  public var samples = 0
  /// Of these, where it says what was answered.
  public var agreeing = 0
  /// Of these, what it would have passed on to the large model.
  public var wouldQuery = 0
  /// Sum of its confidences.
  public var confidence = 0.0
  /// Samples with known truth.
  public var withTruth = 0
  /// Of these, where it is right.
  public var correct = 0
  /// Of these, where what was answered is right.
  public var activeCorrect = 0

  /// Nothing seen yet.
  public init() {}
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
    try await connection.query(
      "SELECT * FROM drift_alarms WHERE task = $1 ORDER BY id DESC LIMIT $2::bigint", [.text(task), .integer(limit)]
    ).map(DriftAlarm.init)
  }

  /// Adds what a router saw of a shadow version since it last said so.
  public func add(_ sums: ShadowSums, model: Int, at time: Date) async throws {
    guard sums.samples > 0 else { return }
    try await connection.execute(
      """
      INSERT INTO shadow_observations AS s
        (model, hour, samples, agreeing, would_query, confidence, with_truth, correct, active_correct)
      VALUES ($1, date_trunc('hour', $2::timestamptz, 'UTC'), $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (model, hour) DO UPDATE SET samples = s.samples + excluded.samples,
        agreeing = s.agreeing + excluded.agreeing, would_query = s.would_query + excluded.would_query,
        confidence = s.confidence + excluded.confidence, with_truth = s.with_truth + excluded.with_truth,
        correct = s.correct + excluded.correct, active_correct = s.active_correct + excluded.active_correct
      """,
      [
        .integer(model), .timestamp(time), .integer(sums.samples), .integer(sums.agreeing), .integer(sums.wouldQuery),
        .double(sums.confidence), .integer(sums.withTruth), .integer(sums.correct), .integer(sums.activeCorrect),
      ])
  }

  /// What was seen of a shadow version in all.
  public func shadowSums(model: Int) async throws -> ShadowSums {
    let row = try await connection.query(
      """
      SELECT coalesce(sum(samples), 0)::bigint AS samples, coalesce(sum(agreeing), 0)::bigint AS agreeing,
        coalesce(sum(would_query), 0)::bigint AS would_query, coalesce(sum(confidence), 0) AS confidence,
        coalesce(sum(with_truth), 0)::bigint AS with_truth, coalesce(sum(correct), 0)::bigint AS correct,
        coalesce(sum(active_correct), 0)::bigint AS active_correct
      FROM shadow_observations WHERE model = $1
      """, [.integer(model)]
    ).one()
    var sums = ShadowSums()
    sums.samples = try row["samples"]
    sums.agreeing = try row["agreeing"]
    sums.wouldQuery = try row["would_query"]
    sums.confidence = try row["confidence"]
    sums.withTruth = try row["with_truth"]
    sums.correct = try row["correct"]
    sums.activeCorrect = try row["active_correct"]
    return sums
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
