import Cascade
import Foundation
import Postgres

/// What a small model's answers were judged by. An answer's place is when its sample was routed, not when it was recorded:
/// who is slow to be answered comes no later.
extension ResultStore {
  /// Of the newest audits of all tasks so many are looked at, by the order in which they were recorded: a range that is
  /// found without reading the table.
  private static let auditRange = 100_000
  /// At most so many answers of a kind are judged at once, the newest.
  private static let mostJudged = 20_000

  private static let isRecentAudit = """
    audits.sequence > coalesce(
      pg_sequence_last_value(pg_get_serial_sequence('audits', 'sequence')::regclass), 0) - \(auditRange)
    """

  /// What the specific model said of a task's audited samples, with the large model's answer beside, where that says how
  /// sure it is; in the order of routing.
  /// - Parameters:
  ///   - end: of those routed up to then.
  ///   - newest: at most so many, the newest.
  public func audits(task: String, routedUntil end: Date, newest: Int) async throws -> [SpecificOpinion] {
    try await read(
      """
      SELECT specific_label AS specific, specific_confidence AS confidence, label, answered_at FROM audits
      WHERE task = $1 AND confidence IS NOT NULL AND routed_at <= $2 AND \(Self.isRecentAudit)
      ORDER BY routed_at DESC, id LIMIT $3::bigint
      """, [.text(task), .timestamp(end), .integer(newest)]
    ).compactMap { try Self.opinion($0, isAudit: true) }.reversed()
  }

  /// How many audits are recorded of the samples that were routed at some moments.
  /// - Parameter moments: to the millisecond.
  public func auditCount(task: String, routedAt moments: [Date]) async throws -> Int {
    try await read(
      """
      SELECT count(*) AS audits FROM audits
      WHERE task = $1 AND \(Self.isRecentAudit) AND routed_at IN (SELECT moment FROM \(Self.moments("$2")))
      """, [.text(task), Self.milliseconds(moments)]
    ).one()["audits"]
  }

  /// A small model's place in a task, and the span of routing in which it answered at one δ.
  public struct StageSpan: Sendable {
    let task: String
    let stage: CascadeStage
    let calibrated: Float
    let start: Date
    let end: Date

    /// - Parameters:
    ///   - stage: with the δ that it answered at.
    ///   - calibrated: the δ below which it would not answer in any case.
    ///   - start: samples that were routed later count.
    ///   - end: samples that were routed up to then count.
    public init(task: String, stage: CascadeStage, calibrated: Float, after start: Date, until end: Date) {
      (self.task, self.stage, self.calibrated) = (task, stage, calibrated)
      (self.start, self.end) = (start, end)
    }
  }

  /// Answers of a small model that were judged, in the order of routing.
  public struct JudgedAnswers: Sendable, Equatable {
    /// How right they were.
    public var evidence: KeptThreshold.Evidence
    /// When the samples of those that stood were routed, one by one.
    public var routedAt: [Date]
  }

  /// A stage's answers of which it is known how right they were: those that stood by audits or by the truth, and, of the
  /// specific model, those that were withheld, which the large model answered instead.
  public func judgedAnswers(_ span: StageSpan, by measure: Promise.Measure) async throws -> JudgedAnswers {
    let nothingIsEasy = span.stage.threshold > 1
    let given = nothingIsEasy ? [] : try await self.given(span, measure)
    let isRaised = span.stage.threshold > span.calibrated
    let withheld = isRaised && span.stage.answeredBy == .specific ? try await self.withheld(span, measure) : []
    var share = 1.0
    if !withheld.isEmpty, !nothingIsEasy, measure == .parity {
      share = Double(given.count) / Double(max(given.count, try await stoodCount(span)))
    }
    let all = (given + withheld).sorted { $0.routedAt < $1.routedAt }
    return JudgedAnswers(
      evidence: KeptThreshold.Evidence(all.map(\.answer), givenShare: share), routedAt: given.map(\.routedAt))
  }

  private typealias Judged = (answer: JudgedAnswer, routedAt: Date)

  /// By the version's name and δ, so that no moment at which all routers have changed need be known.
  private static let stood = """
    r.task = $1 AND r.answered_by = $2 AND r.model_version = $3 AND r.threshold = $4::real AND r.routed_at > $5
      AND r.routed_at <= $6 AND r.label IS NOT NULL AND r.confidence IS NOT NULL AND NOT r.is_degraded
    """

  private static func parameters(_ span: StageSpan) -> [Parameter] {
    [
      .text(span.task), .text(span.stage.answeredBy.rawValue), .text(span.stage.version),
      .double(Double(span.stage.threshold)), .timestamp(span.start), .timestamp(span.end),
    ]
  }

  private func given(_ span: StageSpan, _ measure: Promise.Measure) async throws -> [Judged] {
    let (source, right) =
      switch measure {
      case .parity:
        (
          """
          (SELECT * FROM audits WHERE task = $1 AND routed_at > $5 AND routed_at <= $6 AND \(Self.isRecentAudit)) AS a
            JOIN results AS r ON r.task = a.task AND r.id = a.id
          """, "a.label"
        )
      case .truth: ("results AS r", "r.true_label")
      }
    return try await judged(
      """
      SELECT r.confidence, r.label = \(right) AS is_right, r.routed_at, r.id FROM \(source)
      WHERE \(right) IS NOT NULL AND \(Self.stood)
      """, Self.parameters(span))
  }

  private func withheld(_ span: StageSpan, _ measure: Promise.Measure) async throws -> [Judged] {
    let right = measure == .parity ? "r.label" : "r.true_label"
    return try await judged(
      """
      SELECT r.specific_confidence AS confidence, r.specific_label = \(right) AS is_right, r.routed_at, r.id
      FROM results AS r
      WHERE r.task = $1 AND r.routed_at > $2 AND r.routed_at <= $3 AND r.answered_by = 'large'
        AND r.specific_confidence >= $4::real AND r.specific_confidence < $5::real
        AND r.specific_label IS NOT NULL AND \(right) IS NOT NULL
      """,
      [
        .text(span.task), .timestamp(span.start), .timestamp(span.end), .double(Double(span.calibrated)),
        .double(Double(span.stage.threshold)),
      ])
  }

  /// How many answers of the stage stood, audited or not.
  private func stoodCount(_ span: StageSpan) async throws -> Int {
    try await read("SELECT count(*) AS answers FROM results AS r WHERE \(Self.stood)", Self.parameters(span))
      .one()["answers"]
  }

  private func judged(_ selection: String, _ parameters: [Parameter]) async throws -> [Judged] {
    try await read("\(selection) ORDER BY r.routed_at DESC, r.id LIMIT \(Self.mostJudged)", parameters).map { row in
      let isRight: Bool = try row["is_right"]
      return (
        JudgedAnswer(confidence: try row["confidence"], error: isRight ? 0 : 1), try row["routed_at"]
      )
    }.reversed()
  }
}
