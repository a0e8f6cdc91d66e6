import Foundation
import Postgres

/// How well a version keeps its promise while it answers, and the δ that it answers at because of that.
public struct LiveAgreement: Sendable, Equatable {
  /// The version's number.
  public let model: Int
  /// δ as calibrated.
  public let calibrated: Float
  /// δ in force: as calibrated, or above it; above 1 nothing is easy.
  public var threshold: Float
  /// Samples that were routed later tell of this δ.
  public var since: Date
  /// Up to this moment of routing answers are taken into account.
  public var until: Date
  /// What answers are held against: `parity`, or `truth`.
  public var measure: String
  /// The share of the answers that is to be right, 0 to 1.
  public var target: Double
  /// The confidence that is promised, 0 to 1.
  public var confidence: Double
  /// Answers that stood and were judged.
  public var answers = 0
  /// What these lack of being right, summed.
  public var errors = 0.0
  /// With this confidence at least so many are right, 0 to 1.
  public var lowerBound = 0.0

  /// A version that has answered nothing yet, at its calibrated δ.
  public init(
    model: Int, calibrated: Float, since: Date, measure: String, target: Double, confidence: Double
  ) {
    (self.model, self.calibrated, threshold) = (model, calibrated, calibrated)
    (self.since, until) = (since, since)
    (self.measure, self.target, self.confidence) = (measure, target, confidence)
  }

  /// Whether δ stands above the calibrated one.
  public var isRaised: Bool { threshold > calibrated }
}

extension ModelStore {
  /// What is known of a task's versions in force, by their numbers.
  public func liveAgreement(task: String) async throws -> [Int: LiveAgreement] {
    let rows = try await read(
      """
      SELECT a.* FROM live_agreement AS a JOIN model_versions AS v ON v.id = a.model
      WHERE v.task = $1 AND v.state = 'active'
      """, [.text(task)])
    return Dictionary(try rows.map(LiveAgreement.init).map { ($0.model, $0) }, uniquingKeysWith: { $1 })
  }

  /// Keeps what was seen of a version in force; its δ stays as it stands.
  public func keep(_ seen: LiveAgreement) async throws {
    try await connection.execute(
      """
      INSERT INTO live_agreement AS a (
        model, calibrated_threshold, threshold, since, until, measure, target, confidence, answers, errors, lower_bound)
      SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM model_versions WHERE id = $1 AND state = 'active'
      ON CONFLICT (model) DO UPDATE SET until = excluded.until, measure = excluded.measure, target = excluded.target,
        confidence = excluded.confidence, answers = excluded.answers, errors = excluded.errors,
        lower_bound = excluded.lower_bound, seen_at = now()
      WHERE a.threshold = excluded.threshold
      """,
      [
        .integer(seen.model), .double(Double(seen.calibrated)), .double(Double(seen.threshold)),
        .timestamp(seen.since), .timestamp(seen.until), .text(seen.measure), .double(seen.target),
        .double(seen.confidence), .integer(seen.answers), .double(seen.errors), .double(seen.lowerBound),
      ])
  }

  /// Gives a version in force another δ, with the reason; routers take it between two batches.
  /// - Parameters:
  ///   - seen: what was seen of it at the δ that it has, which `keep` has kept.
  ///   - moment: samples that are routed later tell of the new δ.
  /// - Returns: whether it was changed here; not where somebody else has changed it, or it is in force no more.
  public func setThreshold(
    _ threshold: Float, of seen: LiveAgreement, at moment: Date, why: String
  ) async throws -> Bool {
    try await connection.retryingTransaction(backoff: backoff) { session in
      let changed = try session.execute(
        """
        UPDATE live_agreement SET threshold = $2, since = $3, until = $3, answers = 0, errors = 0, lower_bound = 0,
          seen_at = now()
        WHERE model = $1 AND threshold = $4
          AND EXISTS (SELECT FROM model_versions WHERE id = $1 AND state = 'active')
        """,
        [
          .integer(seen.model), .double(Double(threshold)), .timestamp(moment), .double(Double(seen.threshold)),
        ])
      guard changed == 1 else { return false }
      try session.execute(
        """
        INSERT INTO threshold_changes (model, from_threshold, to_threshold, answers, errors, lower_bound, why)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [
          .integer(seen.model), .double(Double(seen.threshold)), .double(Double(threshold)), .integer(seen.answers),
          .double(seen.errors), .double(seen.lowerBound), .text(why),
        ])
      try session.query(
        "SELECT pg_notify($1, task) FROM model_versions WHERE id = $2",
        [.text(Self.channel), .integer(seen.model)])
      return true
    }
  }
}

extension Session {
  /// The δ of versions that answer at another than the calibrated one, by number.
  func raisedThresholds() throws -> [Int: Float] {
    let rows = try query(
      "SELECT model, threshold FROM live_agreement WHERE threshold <> calibrated_threshold")
    return Dictionary(
      try rows.map { (try $0["model"] as Int, Float(try $0["threshold"] as Double)) }, uniquingKeysWith: { $1 })
  }

  /// A version that is put in force begins at its calibrated δ.
  func forgetAgreement(of model: Int) throws {
    try execute("DELETE FROM live_agreement WHERE model = $1", [.integer(model)])
  }
}

extension LiveAgreement {
  fileprivate init(_ row: Row) throws {
    self.init(
      model: try row["model"], calibrated: Float(try row["calibrated_threshold"] as Double), since: try row["since"],
      measure: try row["measure"], target: try row["target"], confidence: try row["confidence"])
    threshold = Float(try row["threshold"] as Double)
    until = try row["until"]
    answers = try row["answers"]
    errors = try row["errors"]
    lowerBound = try row["lower_bound"]
  }
}
