import Evaluation
import Cascade
import Classification
import Foundation
import Logging
import Metrics
import ModelRegistry
import ModelStore
import ResultStore

/// Holds a task's newest answers against the calibration data, and keeps an alarm where they have drifted apart.
actor DriftMonitor {
  private let task: TaskDistillation
  private let registry: ModelRegistry
  private var models: ModelStore { registry.store }
  private let results: ResultStore
  private let heldOut: [HeldOutRow]?
  private let images: StreamImages
  private let logger: Logger
  private var reference: Reference?
  /// Until all routers answer by a version that was promoted, in seconds.
  private static let swap = 10.0

  /// What S1 makes of the calibration data; S1 seldom changes.
  private struct Reference {
    let number: Int
    /// Samples that were routed before are another S1's.
    let inForceSince: Date
    let watch: DriftWatch
    let labels: LabelIndex
    let threshold: Float

    /// A window's figures; labels that the task does not have are left out.
    func figures(
      _ opinions: [ResultStore.SpecificOpinion], audits: [ResultStore.SpecificOpinion]
    ) -> DriftFigures {
      let easy = audits.filter { Shunt.isEasy($0.specific.confidence, threshold: threshold) }
      var figures = DriftFigures(
        labelCounts: labels.names.map { _ in 0 }, confidences: opinions.map(\.specific.confidence),
        audited: easy.count, agreed: easy.count { $0.large == $0.specific.reply.label })
      for opinion in opinions {
        if let label = opinion.specific.reply.label.flatMap({ labels[$0] }) { figures.labelCounts[label] += 1 }
      }
      return figures
    }
  }

  /// - Parameter heldOut: `nil` where the stream's own answers are the calibration data.
  init(
    _ task: TaskDistillation, registry: ModelRegistry, results: ResultStore, heldOut: [HeldOutRow]?,
    images: StreamImages, logger: Logger
  ) {
    self.task = task
    self.registry = registry
    self.results = results
    self.heldOut = heldOut
    self.images = images
    self.logger = logger
  }

  /// Samples that were routed before are another S1's.
  func inForceSince(_ specific: ModelVersion) async throws -> Date { try await reference(specific).inForceSince }

  /// Looks at the newest samples that are answered and raises what has drifted.
  func check(_ specific: ModelVersion, _ window: AnsweredWindow) async throws {
    let reference = try await reference(specific)
    let known = try await models.alarms(task: task.task)
    let audits =
      window.hasItsAudits
      ? try await results.audits(task: task.task, routedUntil: window.end, newest: task.driftWindow) : []
    for finding in reference.watch.findings(reference.figures(window.opinions, audits: audits)) {
      // One alarm for one window: the next is raised when answers after it have drifted too.
      let isKnown = known.contains { $0.kind == finding.signal.rawValue && $0.windowEnd >= window.start }
      if !isKnown { try await raise(finding, from: window.start, to: window.end) }
    }
  }

  private func raise(_ finding: DriftFinding, from start: Date, to end: Date) async throws {
    try await models.raise(
      DriftAlarm(
        task: task.task, kind: finding.signal.rawValue, statistic: finding.value, threshold: finding.limit,
        samples: finding.samples, windowStart: start, windowEnd: end, message: finding.text))
    Counter(
      label: "distiller.drift_alarms", dimensions: [("task", task.task), ("signal", finding.signal.rawValue)]
    ).increment()
    logger.warning("drift", metadata: ["signal": "\(finding.signal.rawValue)", "finding": "\(finding.text)"])
  }

  private func reference(_ specific: ModelVersion) async throws -> Reference {
    if let reference, reference.number == specific.id { return reference }
    let model = try await registry.stage(of: specific)
    let promotion = try await models.history(of: specific.id).last { $0.to == .active }
    let labels = LabelIndex(model.artifact.card.labels)
    let samples = try HeldOutSamples(
      try await calibrationData(of: model), labels: labels, version: model.stage.version)
    let made = Reference(
      number: specific.id, inForceSince: promotion?.at.addingTimeInterval(Self.swap) ?? .distantPast,
      watch: DriftWatch(reference: samples.driftFigures(try model.fitted(samples.inputs)), rule: task.drift),
      labels: labels, threshold: model.stage.threshold)
    reference = made
    return made
  }

  private func calibrationData(of model: StageModel) async throws -> [HeldOutRow] {
    if let heldOut { return heldOut }
    let kept = try await StreamHeldOut(results: results, settings: task).answers()
    return StreamHeldOut.rows(
      try await images.fetched(kept, for: model.reads).answers, labels: model.artifact.card.labels)
  }
}
