import Cascade
import Evaluation
import Foundation
import Logging
import Metrics
import ModelStore
import ResultStore
import SmallModel

/// Keeps the promises of a task's thresholds while it runs: each small model in force is judged by what became known of its
/// answers, and where its promise is broken its δ rises to what still holds, or its version is rolled back.
struct PromiseWatch: Sendable {
  let task: TaskDistillation
  let models: ModelStore
  let results: ResultStore
  let who: String
  let logger: Logger

  /// The kind of its alarms.
  static let alarmKind = "promise"

  /// Judges each small model in force by what was routed up to a window's end.
  /// - Returns: in words, whose δ is not as calibrated, and why.
  func check(_ window: AnsweredWindow) async throws -> [String] {
    guard let promise = task.round.threshold.promise else { return [] }
    // Without all audits of the window, those that are slow would be missing among the newest.
    guard promise.measure == .truth || window.hasItsAudits else { return [] }
    let known = try await models.liveAgreement(task: task.task)
    var notes: [String] = []
    for version in try await models.inForce(task: task.task) {
      guard let calibrated = version.description.thresholds[ModelCard.shuntThreshold].map({ Float($0) }),
        calibrated <= 1,
        let begin = try await models.history(of: version.id).last(where: { $0.to == .active })
      else { continue }
      let agreement =
        known[version.id]
        ?? LiveAgreement(
          model: version.id, calibrated: calibrated, since: begin.at, measure: promise.measure.rawValue,
          target: promise.target, confidence: 1 - promise.alpha)
      let judged = try await judge(version, agreement, promise, until: window.end)
      if let note = try await act(on: judged, begin) { notes.append(note) }
    }
    return notes
  }

  private func judge(
    _ version: ModelVersion, _ known: LiveAgreement, _ promise: Promise, until end: Date
  ) async throws -> JudgedVersion {
    let stage = CascadeStage(
      answeredBy: version.slot.role, version: version.description.version, threshold: known.threshold)
    let answers = try await results.judgedAnswers(
      ResultStore.StageSpan(
        task: task.task, stage: stage, calibrated: known.calibrated, after: known.since, until: end),
      by: promise.measure)
    let kept = KeptThreshold(
      calibrated: known.calibrated, threshold: known.threshold, promise: promise, runLength: task.promise.runLength)
    let judgement = kept.judge(answers.evidence)
    var agreement = known
    agreement.until = max(known.since, end)
    (agreement.measure, agreement.target) = (promise.measure.rawValue, promise.target)
    agreement.confidence = 1 - promise.alpha
    (agreement.answers, agreement.errors) = (judgement.count, judgement.errors)
    agreement.lowerBound = judgement.lowerBound
    try await models.keep(agreement)
    measure(version, agreement)
    return JudgedVersion(version: version, agreement: agreement, answers: answers, judgement: judgement)
  }

  private func measure(_ version: ModelVersion, _ agreement: LiveAgreement) {
    let dimensions = [("task", task.task), ("model", version.slot.role.rawValue)]
    Gauge(label: "distiller.live_agreement_bound", dimensions: dimensions).record(agreement.lowerBound)
    Gauge(label: "distiller.live_threshold", dimensions: dimensions).record(Double(agreement.threshold))
    Gauge(label: "distiller.judged_answers", dimensions: dimensions).record(agreement.answers)
  }

  /// - Returns: what stays to be told of the version.
  private func act(on judged: JudgedVersion, _ begin: ModelEvent) async throws -> String? {
    switch judged.judgement.move {
    case .stay: return judged.agreement.isRaised ? judged.raisedNote : nil
    case .lower(let threshold):
      guard task.promise.adjusts else { return judged.raisedNote }
      return try await lower(judged, to: threshold)
    case .raise(let threshold, let answers):
      let broken = judged.broken(by: answers)
      try await alarm(judged, broken)
      guard task.promise.adjusts else { return broken.text }
      if judged.isToBeRolledBack(begin) { return try await rollBack(judged, because: broken.text) }
      return try await raise(judged, to: threshold, because: broken.text)
    }
  }

  private func lower(_ judged: JudgedVersion, to threshold: Float) async throws -> String? {
    let why = "\(judged.name) keeps its promise of \(judged.agreement.target.percent) again from δ \(threshold) on"
    guard try await models.setThreshold(threshold, of: judged.agreement, at: .now, why: why) else { return nil }
    count("lowered", judged)
    logger.notice("δ falls", metadata: ["why": "\(why)"])
    return threshold > judged.agreement.calibrated ? why : nil
  }

  private func raise(_ judged: JudgedVersion, to threshold: Float, because broken: String) async throws -> String? {
    let consequence =
      threshold > 1
      ? "the large model is asked about everything" : "it answers from δ \(threshold) on, which still holds"
    let why = "\(broken); \(consequence)"
    guard try await models.setThreshold(threshold, of: judged.agreement, at: .now, why: why) else { return nil }
    count("raised", judged)
    logger.warning("δ rises", metadata: ["why": "\(why)"])
    return why
  }

  /// What took a version's place did better, or nobody knows that it did worse.
  private func rollBack(_ judged: JudgedVersion, because broken: String) async throws -> String? {
    let why = "\(broken), and it never kept it: it does worse than the gate thought"
    do {
      let now = try await models.rollBack(judged.version.slot, from: judged.version.id, who: who, why: why)
      if let round = judged.version.round {
        try await models.add(RoundFinding(kind: "rolled_back", text: why), toRound: round)
      }
      count("rolled_back", judged)
      let answering = now.map { "\($0.description.version) answers again" } ?? "nothing takes its place"
      logger.error("version rolled back", metadata: ["why": "\(why)", "now": "\(answering)"])
    } catch let error as ModelStoreError where error.kind == .state {
      logger.notice("somebody else has changed the version in force", metadata: ["error": "\(error)"])
    }
    return nil
  }

  private func count(_ change: String, _ judged: JudgedVersion) {
    Counter(
      label: "distiller.threshold_changes",
      dimensions: [("task", task.task), ("model", judged.version.slot.role.rawValue), ("change", change)]
    ).increment()
  }

  /// Keeps the alarm, once for what broke.
  private func alarm(_ judged: JudgedVersion, _ broken: JudgedVersion.Breach) async throws {
    let known = try await models.alarms(task: task.task)
    guard !known.contains(where: { $0.kind == Self.alarmKind && $0.windowEnd >= broken.start }) else { return }
    try await models.raise(
      DriftAlarm(
        task: task.task, kind: Self.alarmKind, statistic: broken.agreement, threshold: judged.agreement.target,
        samples: broken.answers, windowStart: broken.start, windowEnd: judged.agreement.until, message: broken.text))
    Counter(label: "distiller.drift_alarms", dimensions: [("task", task.task), ("signal", Self.alarmKind)]).increment()
  }
}
