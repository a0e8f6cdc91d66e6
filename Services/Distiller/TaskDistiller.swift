import Cascade
import Datasets
import DedicatedThread
import Foundation
import Logging
import Messages
import Metrics
import ModelStore
import ResultStore
import SmallModel

/// Distils one task: looks whether a round is due, and runs it where no other distiller does.
actor TaskDistiller {
  nonisolated let settings: TaskDistillation
  let models: ModelStore
  private let results: ResultStore
  private let heldOut: [HeldOutRow]
  private let labelled: [(text: String, label: String)]
  let who: String
  let logger: Logger
  private let startedAt = Timestamp.now
  private let drift: DriftMonitor
  private let afterStep: @Sendable (RoundStep) async throws -> Void

  /// - Parameters:
  ///   - who: this distiller's name in the history of versions.
  ///   - afterStep: called after each step of a round; tests let the process die there.
  /// - Throws: where the file of held-out samples or of labelled rows cannot be read.
  init(
    _ settings: TaskDistillation, models: ModelStore, results: ResultStore, who: String, logger: Logger,
    afterStep: @escaping @Sendable (RoundStep) async throws -> Void = { _ in }
  ) throws {
    self.settings = settings
    self.models = models
    self.results = results
    self.who = who
    self.logger = logger
    self.afterStep = afterStep
    heldOut = try HeldOutFile.rows(of: URL(filePath: settings.heldOut))
    labelled = try settings.labelled.map(Self.labelledRows) ?? []
    drift = DriftMonitor(settings, models: models, results: results, heldOut: heldOut, logger: logger)
  }

  /// What came of a look at the task.
  enum Look: Sendable, Equatable {
    /// Nothing is due.
    case idle(newAnswers: Int)
    /// There is no S1 in force yet.
    case noSpecificModel
    /// Another distiller is at it.
    case elsewhere
    /// A candidate is in the shadow and has seen so many samples, not yet enough.
    case shadowing(samples: Int)
    /// A round ran to its end, or a shadow to its: promoted, shadowed, rejected, or nothing to learn.
    case finished(outcome: String)
  }

  /// Looks for drift and for a reason to start a round, and runs it.
  func look(isRequested: Bool = false) async throws -> Look {
    guard let specific = try await models.inForce(task: settings.task).first else { return .noSpecificModel }
    if !isRequested, let look = try await concludeShadow() { return look }
    let last = try await models.rounds(task: settings.task).first { $0.state == .finished }
    let newAnswers = try await results.teachingCount(task: settings.task, after: AnswerCursor(last?.to))
    let state = RoundPolicy.State(
      lastRound: last?.finishedAt.map { Timestamp($0) } ?? startedAt, newAnswers: newAnswers, isRequested: isRequested,
      drift: try await drift.check(specific, since: last?.startedAt))
    guard let reason = settings.policy.reason(state, now: .now) else { return .idle(newAnswers: newAnswers) }
    guard let permit = try await models.roundPermit(task: settings.task) else { return .elsewhere }
    do {
      let outcome = try await round(for: reason, permit)
      await permit.release()
      return .finished(outcome: outcome)
    } catch {
      await permit.release()
      throw error
    }
  }

  /// One round, from its row to its end. Only `conclude` has an effect on who answers, and that in one transaction with
  /// the round's end and the cursor.
  private func round(for reason: RoundReason, _ permit: RoundPermit) async throws -> String {
    let round = try await begin(permit, reason)
    let cascade = try await models.cascadeInForce(task: settings.task)
    let (answers, position) = try await read()
    let outcome =
      if case .drift = reason, settings.policy.onDrift == .recalibration {
        try await recalibrate(answers, cascade, version: Self.names(round)[1])
      } else { try await distil(answers, cascade, version: Self.names(round)[0]) }
    let end: RoundEnd
    switch outcome {
    case .nothingToLearn(let counts, let why): end = try await concludeWithout(counts, why, round, position)
    case .judged(let candidate):
      measure(candidate.verdict)
      let model = try await register(candidate)
      end = try await conclude(candidate, model, cascade, round, position)
    }
    try await afterStep(.finished)
    logger.notice(
      "round ended", metadata: ["round": "\(round.id)", "outcome": "\(end.outcome)", "reasons": "\(end.reasons)"])
    return end.outcome
  }

  private func begin(_ permit: RoundPermit, _ reason: RoundReason) async throws -> DistillationRound {
    let round = try await models.beginRound(permit)
    logger.notice("round begins", metadata: ["round": "\(round.id)", "reason": "\(reason)"])
    try await forgetCandidates()
    try await withdrawShadow()
    try await afterStep(.begun)
    return round
  }

  /// A candidate whose round was given up after it was stored will never be judged again.
  private func forgetCandidates() async throws {
    let rounds = try await models.rounds(task: settings.task)
    let forgotten = Set(rounds.filter { $0.state == .abandoned }.flatMap(Self.names))
    for model in try await models.versions(task: settings.task)
    where model.state == .candidate && forgotten.contains(model.description.version) {
      try await models.move(model.id, to: .rejected, who: who, why: "its round was given up before its end")
    }
  }

  /// What a round's candidate is called: one that was taught, one whose threshold was chosen anew.
  private static func names(_ round: DistillationRound) -> [String] {
    ["learnable-\(round.id)", "recalibrated-\(round.id)"]
  }

  private func read() async throws -> (answers: [StreamAnswer], position: AnswerPosition) {
    let newest = try await results.newestTeaching(task: settings.task, limit: settings.window)
    let answers = newest.answers.compactMap(StreamAnswer.init)
    try await afterStep(.read)
    return (answers, AnswerPosition(transaction: newest.cursor.transaction, sequence: newest.cursor.sequence))
  }

  private func distil(
    _ answers: [StreamAnswer], _ cascade: CascadeInForce, version: String
  ) async throws -> Distillation.Outcome {
    let logger = logger
    let input = Distillation.Input(
      specific: cascade.specific.artifact, learnable: cascade.learnable?.artifact, answers: answers, heldOut: heldOut,
      labelled: labelled, version: version)
    let outcome = try await Distillation(settings.round).run(input) { epoch in
      logger.debug("epoch", metadata: ["number": "\(epoch.number)", "loss": "\(epoch.loss)"])
    }
    try await afterStep(.judged)
    return outcome
  }

  private func recalibrate(
    _ answers: [StreamAnswer], _ cascade: CascadeInForce, version: String
  ) async throws -> Distillation.Outcome {
    let audits = try await results.newestAudits(task: settings.task, limit: settings.window)
    let input = Recalibration.Input(
      specific: cascade.specific.artifact, learnable: cascade.learnable?.artifact,
      hard: answers.compactMap(\.judgeable), audited: audits.compactMap { StreamAnswer($0)?.judgeable },
      queryShare: try await results.recentQueryShare(task: settings.task, newest: settings.driftWindow),
      version: version)
    let recalibration = Recalibration(rule: settings.round)
    let outcome = try await DedicatedThread(name: "distiller").run { try recalibration.run(input) }
    try await afterStep(.judged)
    return outcome
  }

  private func measure(_ verdict: Verdict) {
    for (cascade, figures) in [("candidate", verdict.candidate), ("in_force", verdict.inForce)] {
      let dimensions = [("task", settings.task), ("cascade", cascade)]
      Gauge(label: "distiller.accuracy", dimensions: dimensions).record(figures.accuracy.estimate)
      Gauge(label: "distiller.query_share", dimensions: dimensions).record(figures.queryShare)
    }
  }

  private func register(_ candidate: Distillation.Candidate) async throws -> ModelVersion {
    let bytes = Array(try candidate.artifact.encoded())
    let model = try await models.register(
      candidate.description(seed: settings.round.training.seed), artifact: bytes, who: who)
    try await afterStep(.registered)
    return model
  }

  private func conclude(
    _ candidate: Distillation.Candidate, _ model: ModelVersion, _ cascade: CascadeInForce,
    _ round: DistillationRound, _ position: AnswerPosition
  ) async throws -> RoundEnd {
    let isAsJudged = try await models.inForce(task: settings.task).map(\.id) == cascade.numbers
    let state: ModelState =
      candidate.verdict.decision == .rejected || !isAsJudged
      ? .rejected : settings.shadow.samples > 0 ? .shadow : .active
    let reasons = [
      isAsJudged ? nil : "the versions in force changed during the round; the next round judges against the new ones",
      candidate.thresholdFailure, candidate.verdict.summary,
    ].compactMap { $0 }.joined(separator: "; ")
    let end = RoundEnd(
      round: round.id, to: position, counts: candidate.counts.named, outcome: Self.outcomes[state] ?? state.rawValue,
      candidate: model.id, reasons: reasons)
    try await models.move(model.id, to: state, who: who, why: reasons, finishing: end)
    return end
  }

  /// The outcome of a round whose candidate answers as a shadow first.
  static let shadowed = "shadowed"
  private static let outcomes: [ModelState: String] = [.active: "promoted", .shadow: shadowed, .rejected: "rejected"]

  private func concludeWithout(
    _ counts: TeacherSelection.Counts, _ why: String, _ round: DistillationRound, _ position: AnswerPosition
  ) async throws -> RoundEnd {
    let end = RoundEnd(
      round: round.id, to: position, counts: counts.named, outcome: "nothing to learn", reasons: why)
    try await models.finish(end)
    return end
  }

  private static func labelledRows(_ path: String) throws -> [(text: String, label: String)] {
    try DataFile(URL(filePath: path)).rows().compactMap { row in row.label.map { (row.text, $0) } }
  }
}
