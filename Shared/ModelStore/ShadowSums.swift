import Foundation
import Postgres

/// Sums over what a shadow version would have answered, and what was answered in its place.
public struct ShadowSums: Sendable, Equatable {
  /// Samples that it saw.
  public var samples = 0
  /// Of these, what it would have passed on to the large model.
  public var wouldQuery = 0
  /// Of these, what the versions in force passed on.
  public var queried = 0
  /// Sum of its confidences.
  public var confidence = 0.0
  /// Samples that both answered by a small model.
  public var compared = 0
  /// Of these, where both say the same.
  public var agreeing = 0
  /// Of the compared, samples with known truth.
  public var withTruth = 0
  /// Of these, where it is right.
  public var correct = 0
  /// Of these, where what was answered is right.
  public var activeCorrect = 0

  /// Nothing seen yet.
  public init() {}

  /// Adds what another batch brought.
  public static func += (sums: inout ShadowSums, other: ShadowSums) {
    sums.samples += other.samples
    sums.wouldQuery += other.wouldQuery
    sums.queried += other.queried
    sums.confidence += other.confidence
    sums.compared += other.compared
    sums.agreeing += other.agreeing
    sums.withTruth += other.withTruth
    sums.correct += other.correct
    sums.activeCorrect += other.activeCorrect
  }
}

extension ModelStore {
  /// Adds what a router saw of a shadow version since it last said so.
  public func add(_ sums: ShadowSums, model: Int, at time: Date) async throws {
    guard sums.samples > 0 else { return }
    try await connection.execute(
      """
      INSERT INTO shadow_observations AS s (
        model, hour, samples, would_query, queried, confidence, compared, agreeing, with_truth, correct, active_correct)
      VALUES ($1, date_trunc('hour', $2::timestamptz, 'UTC'), $3, $4, $5, $6, $7, $8, $9, $10, $11)
      ON CONFLICT (model, hour) DO UPDATE SET samples = s.samples + excluded.samples,
        would_query = s.would_query + excluded.would_query, queried = s.queried + excluded.queried,
        confidence = s.confidence + excluded.confidence, compared = s.compared + excluded.compared,
        agreeing = s.agreeing + excluded.agreeing, with_truth = s.with_truth + excluded.with_truth,
        correct = s.correct + excluded.correct, active_correct = s.active_correct + excluded.active_correct
      """,
      [
        .integer(model), .timestamp(time), .integer(sums.samples), .integer(sums.wouldQuery), .integer(sums.queried),
        .double(sums.confidence), .integer(sums.compared), .integer(sums.agreeing), .integer(sums.withTruth),
        .integer(sums.correct), .integer(sums.activeCorrect),
      ])
  }

  /// What was seen of a shadow version in all.
  public func shadowSums(model: Int) async throws -> ShadowSums {
    let row = try await read(
      """
      SELECT coalesce(sum(samples), 0)::bigint AS samples, coalesce(sum(would_query), 0)::bigint AS would_query,
        coalesce(sum(queried), 0)::bigint AS queried, coalesce(sum(confidence), 0) AS confidence,
        coalesce(sum(compared), 0)::bigint AS compared, coalesce(sum(agreeing), 0)::bigint AS agreeing,
        coalesce(sum(with_truth), 0)::bigint AS with_truth, coalesce(sum(correct), 0)::bigint AS correct,
        coalesce(sum(active_correct), 0)::bigint AS active_correct
      FROM shadow_observations WHERE model = $1
      """, [.integer(model)]
    ).one()
    var sums = ShadowSums()
    sums.samples = try row["samples"]
    sums.wouldQuery = try row["would_query"]
    sums.queried = try row["queried"]
    sums.confidence = try row["confidence"]
    sums.compared = try row["compared"]
    sums.agreeing = try row["agreeing"]
    sums.withTruth = try row["with_truth"]
    sums.correct = try row["correct"]
    sums.activeCorrect = try row["active_correct"]
    return sums
  }
}
