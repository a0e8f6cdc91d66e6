import Concurrency
import Content
import Evaluation
import Foundation
import Logging
import Metrics
import ModelRegistry
import ModelStore
import ResultStore

/// One round of a task: reads, makes a candidate, stores it and concludes. Only the conclusion has an effect on who
/// answers, and that in one transaction with the round's end and the cursor.
struct TaskRound: Sendable {
  let round: DistillationRound
  let reason: RoundReason
  let settings: TaskDistillation
  let samples: RoundSamples
  let registry: ModelRegistry
  var models: ModelStore { registry.store }
  let results: ResultStore
  let images: StreamImages
  let who: String
  let logger: Logger
  let afterStep: @Sendable (RoundStep) async throws -> Void
  /// The last answer that was read.
  var position: AnswerCursor

  init(
    round: DistillationRound, reason: RoundReason, settings: TaskDistillation, samples: RoundSamples,
    registry: ModelRegistry, results: ResultStore, images: StreamImages, who: String, logger: Logger,
    afterStep: @escaping @Sendable (RoundStep) async throws -> Void
  ) {
    self.round = round
    self.reason = reason
    self.settings = settings
    self.samples = samples
    self.registry = registry
    self.results = results
    self.images = images
    self.who = who
    self.logger = logger
    self.afterStep = afterStep
    position = round.from
  }

  /// Whether T and δ are chosen anew, and nothing is taught.
  private var isRecalibration: Bool {
    if case .drift = reason { settings.policy.onDrift == .recalibration } else { false }
  }

  /// Runs it.
  mutating func run() async throws -> RoundEnd {
    try await forgetCandidates()
    try await withdrawShadow()
    try await afterStep(.begun)
    if let definition = settings.definition, try await models.inForce(task: settings.task).isEmpty {
      return try await learnFirst(definition)
    }
    switch try await registry.inForce(task: settings.task) {
    case .labels(let cascade):
      let answers = try await read(cascade)
      let outcome = try await isRecalibration ? recalibrate(answers, cascade) : distil(answers, cascade)
      return try await conclude(outcome, cascade)
    case .captions(let cascade):
      try refuseWhatIsOfLabels()
      let answers = try await read(cascade)
      let outcome = try await distil(answers, cascade)
      return try await conclude(outcome, cascade)
    }
  }

  /// Refuses what a captioner cannot do.
  /// - Throws: `DistillerError` saying what to change.
  private func refuseWhatIsOfLabels() throws {
    if settings.shadow.samples > 0 {
      throw DistillerError(
        "a shadow is watched by how often its labels agree, and task \(settings.task) answers with captions: set "
          + "gate.shadow_samples to 0")
    }
    if isRecalibration {
      throw DistillerError(
        "a recalibration is for labels, and task \(settings.task) answers with captions: set on_drift to nothing")
    }
  }

  private func conclude<Model>(
    _ outcome: Distillation.Outcome, _ cascade: CascadeInForce<Model>
  ) async throws -> RoundEnd {
    try await afterStep(.judged)
    let end =
      switch outcome {
      case .nothingToLearn(let counts, let why): try await conclude(without: counts, why)
      case .judged(let candidate):
        try await conclude(
          candidate, try await register(candidate), against: cascade.numbers,
          withoutLearnable: cascade.withoutLearnable)
      }
    try await afterStep(.finished)
    return end
  }

  private func forgetCandidates() async throws {
    for model in try await models.forgottenCandidates(task: settings.task) {
      try await models.move(model.id, to: .rejected, who: who, why: "its round was given up before its end")
    }
  }

  /// A round that begins takes the place of one whose candidate is still in the shadow.
  private func withdrawShadow() async throws {
    guard let shadow = try await models.shadowOfRound(task: settings.task) else { return }
    try await models.move(
      shadow.id, to: .rejected, who: who, why: "a newer round began before it had seen enough in the shadow")
  }

  private mutating func read<Model>(_ cascade: CascadeInForce<Model>) async throws -> [StreamAnswer] {
    if let fault = cascade.withoutLearnable { logger.error("\(fault)") }
    let newest = try await results.newestTeaching(task: settings.task, limit: settings.window)
    position = newest.cursor
    let stored = newest.answers.compactMap(StreamAnswer.init)
    let odd = newest.answers.count - stored.count
    if odd > 0 {
      logger.warning("answers whose numbers are no probabilities teach nobody", metadata: ["count": "\(odd)"])
    }
    var answers = try await withImages(stored, for: reads(cascade))
    if settings.round.isRepeatable { answers.sort { $0.id < $1.id } }
    try await afterStep(.read)
    return answers
  }

  /// What the models in force read, and S2 where it is to be a network of its own.
  private func reads<Model>(_ cascade: CascadeInForce<Model>) -> Set<Input.Kind> {
    cascade.reads.union(settings.round.learnable?.reads ?? [])
  }

  func withImages(_ stored: [StreamAnswer], for kinds: Set<Input.Kind>) async throws -> [StreamAnswer] {
    let (answers, missing) = try await images.fetched(stored, for: kinds)
    for (reason, count) in missing {
      logger.warning(
        "answers teach nobody in this round, for their images are not there",
        metadata: ["count": "\(count)", "reason": "\(reason)"])
    }
    return samples.heldOut == nil ? answers.map(\.judgedByLarge) : answers
  }

  /// What candidates are judged by.
  private func heldOut<Model>(_ cascade: CascadeInForce<Model>) async throws -> [HeldOutRow] {
    if let rows = samples.heldOut { return rows }
    guard let labels = cascade.specific.labels else {
      throw DistillerError(
        "task \(settings.task) answers with captions, which are judged by held-out samples alone: name their file in "
          + "distiller.tasks.\(settings.task).held_out")
    }
    let kept = try await StreamHeldOut(results: results, settings: settings).answers()
    return StreamHeldOut.rows(try await withImages(kept, for: reads(cascade)), labels: labels.names)
  }

  private func distil<Model>(
    _ answers: [StreamAnswer], _ cascade: CascadeInForce<Model>
  ) async throws -> Distillation.Outcome {
    let input = Distillation.Input(
      specific: cascade.specific, learnable: cascade.learnable, intermediate: cascade.intermediate, answers: answers,
      heldOut: try await heldOut(cascade),
      labelled: samples.labelled, version: "learnable-\(round.id)")
    let outcome = try await Distillation(settings.round).run(input) { [logger] epoch in
      logger.debug("epoch", metadata: ["number": "\(epoch.number)", "loss": "\(epoch.loss)"])
    }
    guard case .nothingToLearn(let counts, let why) = outcome else { return outcome }
    return .nothingToLearn(counts, why: try await why + remedy())
  }

  /// What to do where the large model does not say how sure it is; empty where it does.
  private func remedy() async throws -> String {
    let silent = try await results.silentCount(task: settings.task)
    guard silent > 0 else { return "" }
    return "; \(silent) more came without a confidence and teach nobody: a server must give log-probabilities"
  }

  private func recalibrate(
    _ answers: [StreamAnswer], _ cascade: CascadeInForce<StageModel>
  ) async throws -> Distillation.Outcome {
    let stored = try await results.newestAudits(task: settings.task, limit: settings.window)
    let audits = try await withImages(stored.compactMap(StreamAnswer.init), for: cascade.reads)
    let input = Recalibration.Input(
      specific: cascade.specific, learnable: cascade.learnable, intermediate: cascade.intermediate,
      hard: answers.compactMap(\.judgeable), audited: audits.compactMap(\.judgeable),
      queryShare: try await results.recentQueryShare(task: settings.task, newest: settings.driftWindow),
      version: "recalibrated-\(round.id)")
    let recalibration = Recalibration(rule: settings.round)
    return try await DedicatedThread(name: "distiller").run { try recalibration.run(input) }
  }

  func register(_ candidate: Distillation.Candidate) async throws -> ModelVersion {
    measure(candidate.verdict)
    let bytes = Array(try candidate.model.encoded())
    let model = try await models.register(
      candidate.description(seed: settings.round.training.seed), artifact: bytes, who: who, round: round.id)
    try await afterStep(.registered)
    return model
  }

  private func measure(_ verdict: Verdict) {
    for (cascade, figures) in [("candidate", verdict.candidate), ("in_force", verdict.inForce)] {
      let dimensions = [("task", settings.task), ("cascade", cascade)]
      Gauge(label: "distiller.\(verdict.quality.rawValue)", dimensions: dimensions).record(figures.accuracy.estimate)
      Gauge(label: "distiller.query_share", dimensions: dimensions).record(figures.queryShare)
    }
  }

  /// - Parameters:
  ///   - numbers: of the versions that it was judged against; a first one has none beside which it could be a shadow.
  ///   - withoutLearnable: why the S2 in force took no part; `nil` where it did, or where there is none.
  func conclude(
    _ candidate: Distillation.Candidate, _ model: ModelVersion, against numbers: [Int], withoutLearnable: String? = nil
  ) async throws -> RoundEnd {
    let conclusion = RoundConclusion(
      candidate.verdict, thresholdFailure: candidate.thresholdFailure,
      isAsJudged: try await models.inForce(task: settings.task).map(\.id) == numbers,
      fault: try await registry.fault(of: model), withoutLearnable: withoutLearnable,
      hasShadow: settings.shadow.samples > 0 && !numbers.isEmpty)
    let end = RoundEnd(
      round: round.id, to: endPosition, counts: candidate.counts.named, outcome: conclusion.outcome,
      candidate: model.id, reasons: conclusion.reasons, findings: conclusion.findings)
    try await models.move(model.id, to: conclusion.state, who: who, why: conclusion.reasons, finishing: end)
    return end
  }

  func conclude(without counts: TeacherSelection.Counts, _ why: String) async throws -> RoundEnd {
    let end = RoundEnd(
      round: round.id, to: endPosition, counts: counts.named, outcome: .nothingToLearn, reasons: why,
      findings: [RoundFinding(kind: "nothing_to_learn", text: why)])
    try await models.finish(end)
    return end
  }

  /// What has not taught is still new.
  private var endPosition: AnswerCursor { isRecalibration ? round.from : position }
}
