import Evaluation
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
  private var driftNote: String?
  private var roundNote: String?
  /// What an operator should know of the task: rounds that fail one after the other, and how far drift is watched.
  var notes: [String] { [roundNote, driftNote].compactMap { $0 } }
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
    /// A round ran to its end, or a shadow to its: promoted, shadowed, rejected, nothing to learn, or failed.
    case finished(outcome: String)
  }

  /// Looks on behalf of somebody who asks for a round, unless one began since they looked.
  func look(requestedAfter lastRound: Int?) async throws -> Look {
    let newest = try await models.rounds(task: settings.task, limit: 1).first?.id ?? 0
    return try await look(isRequested: lastRound.map { newest <= $0 } ?? false)
  }

  /// Looks for drift and for a reason to start a round, and runs it.
  func look(isRequested: Bool = false) async throws -> Look {
    guard let specific = try await models.inForce(task: settings.task).first else { return .noSpecificModel }
    if !isRequested, let look = try await concludeShadow() { return look }
    let finished = try await models.rounds(task: settings.task).filter { $0.state == .finished }
    roundNote = Self.note(on: finished)
    let last = finished.first
    let newAnswers = try await results.teachingCount(task: settings.task, after: AnswerCursor(last?.to))
    let state = RoundPolicy.State(
      lastRound: last?.finishedAt.map { Timestamp($0) } ?? startedAt, newAnswers: newAnswers, isRequested: isRequested,
      drift: try await watchDrift(specific, since: last?.startedAt))
    guard let reason = settings.policy.reason(state, now: .now) else { return .idle(newAnswers: newAnswers) }
    guard let permit = try await models.roundPermit(task: settings.task) else { return .elsewhere }
    do {
      let look = try await round(for: reason, permit)
      await permit.release()
      return look
    } catch {
      await permit.release()
      throw error
    }
  }

  /// The newest alarm after `since` in words. Where the data do not let drift be watched, rounds go on without.
  private func watchDrift(_ specific: ModelVersion, since: Date?) async throws -> String? {
    do {
      let look = try await drift.check(specific, since: since)
      driftNote = look.waitsFor
      return look.alarm
    } catch let error where !isOfTheWorld(error) {
      driftNote = "drift cannot be watched: \(error)"
      return nil
    }
  }

  /// One round, from its row to its end, whatever its data are.
  private func round(for reason: RoundReason, _ permit: RoundPermit) async throws -> Look {
    let round = try await models.beginRound(permit)
    logger.notice("round begins", metadata: ["round": "\(round.id)", "reason": "\(reason)"])
    var newest = round.from
    do {
      return .finished(outcome: try await work(on: round, for: reason, readTo: &newest))
    } catch let error where !isOfTheWorld(error) {
      return try await fail(round, "\(error)", newest)
    }
  }

  /// What it has read is no longer new: the same data would fail again.
  private func fail(_ round: DistillationRound, _ reason: String, _ position: AnswerPosition) async throws -> Look {
    // It may quote data, and no text in Postgres holds U+0000.
    let reason = reason.replacing("\0", with: "\u{FFFD}")
    do {
      try await models.finish(RoundEnd(round: round.id, to: position, outcome: Self.failed, reasons: reason))
    } catch let error as ModelStoreError where error.kind == .state {
      logger.warning("the round was given up meanwhile", metadata: ["round": "\(round.id)", "reasons": "\(reason)"])
      return .elsewhere
    }
    logger.error("round failed", metadata: ["round": "\(round.id)", "reasons": "\(reason)"])
    return .finished(outcome: Self.failed)
  }

  /// One failed round may be chance; of more an operator should know.
  private static func note(on finished: [DistillationRound]) -> String? {
    let times = finished.prefix { $0.outcome == failed }.count
    guard times > 1, let reasons = finished.first?.reasons else { return nil }
    return "the last \(times) rounds failed: \(reasons)"
  }

  /// Only `conclude` has an effect on who answers, and that in one transaction with the round's end and the cursor.
  private func work(
    on round: DistillationRound, for reason: RoundReason, readTo newest: inout AnswerPosition
  ) async throws -> String {
    try await prepare()
    let cascade = try await models.cascadeInForce(task: settings.task)
    if let fault = cascade.withoutLearnable { logger.error("\(fault)") }
    let answers: [StreamAnswer]
    (answers, newest) = try await read()
    let isRecalibration = if case .drift = reason { settings.policy.onDrift == .recalibration } else { false }
    let outcome =
      isRecalibration
      ? try await recalibrate(answers, cascade, version: Self.names(round)[1])
      : try await distil(answers, cascade, version: Self.names(round)[0])
    // What has not taught is still new.
    let position = isRecalibration ? round.from : newest
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

  private func prepare() async throws {
    try await forgetCandidates()
    try await withdrawShadow()
    try await afterStep(.begun)
  }

  /// A candidate whose round was given up, or failed, after it was stored will never be judged again.
  private func forgetCandidates() async throws {
    let rounds = try await models.rounds(task: settings.task)
    let forgotten = Set(
      rounds.filter { $0.state == .abandoned || $0.outcome == Self.failed }.flatMap(Self.names))
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
    var answers = newest.answers.compactMap(StreamAnswer.init)
    let odd = newest.answers.count - answers.count
    if odd > 0 {
      logger.warning("answers whose numbers are no probabilities teach nobody", metadata: ["count": "\(odd)"])
    }
    if settings.round.isRepeatable { answers.sort { $0.id < $1.id } }
    try await afterStep(.read)
    return (answers, AnswerPosition(transaction: newest.cursor.transaction, sequence: newest.cursor.sequence))
  }

  private func distil(
    _ answers: [StreamAnswer], _ cascade: CascadeInForce, version: String
  ) async throws -> Distillation.Outcome {
    let logger = logger
    let input = Distillation.Input(
      specific: cascade.specific, learnable: cascade.learnable, answers: answers, heldOut: heldOut,
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
      specific: cascade.specific, learnable: cascade.learnable,
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
    let fault = try await models.fault(of: model).map { "what was stored cannot be loaded: \($0)" }
    let state: ModelState =
      candidate.verdict.decision == .rejected || !isAsJudged || fault != nil
      ? .rejected : settings.shadow.samples > 0 ? .shadow : .active
    let reasons = [
      isAsJudged ? nil : "the versions in force changed during the round; the next round judges against the new ones",
      fault, cascade.withoutLearnable, candidate.thresholdFailure, candidate.verdict.summary,
    ].compactMap { $0 }.joined(separator: "; ")
    let end = RoundEnd(
      round: round.id, to: position, counts: candidate.counts.named, outcome: Self.outcomes[state] ?? state.rawValue,
      candidate: model.id, reasons: reasons)
    try await models.move(model.id, to: state, who: who, why: reasons, finishing: end)
    return end
  }

  /// The outcome of a round whose candidate answers as a shadow first.
  static let shadowed = "shadowed"
  /// The outcome of a round whose data let it come to no end of its own.
  private static let failed = "failed"
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
