import Cascade
import Foundation
import Logging
import Metrics
import ModelStore
import ResultStore

/// Holds a task's newest answers against the calibration data, and keeps an alarm where they have drifted apart.
actor DriftMonitor {
  private let task: TaskDistillation
  private let models: ModelStore
  private let results: ResultStore
  private let heldOut: [HeldOutRow]
  private let logger: Logger
  private var reference: Reference?

  /// What S1 makes of the calibration data; S1 seldom changes.
  private struct Reference {
    let number: Int
    let watch: DriftWatch
    let labels: LabelIndex
    let threshold: Float

    /// A window's figures; labels that the task does not have are left out.
    func figures(
      _ opinions: [ResultStore.SpecificOpinion], audits: [ResultStore.SpecificOpinion]
    ) -> DriftFigures {
      let easy = audits.filter { $0.specific.confidence >= threshold }
      var figures = DriftFigures(
        labelCounts: labels.names.map { _ in 0 }, confidences: opinions.map(\.specific.confidence),
        audited: easy.count, agreed: easy.count { $0.large == $0.specific.label })
      for opinion in opinions {
        if let label = labels[opinion.specific.label] { figures.labelCounts[label] += 1 }
      }
      return figures
    }
  }

  init(
    _ task: TaskDistillation, models: ModelStore, results: ResultStore, heldOut: [HeldOutRow], logger: Logger
  ) {
    self.task = task
    self.models = models
    self.results = results
    self.heldOut = heldOut
    self.logger = logger
  }

  /// Looks at the newest answers and raises what has drifted.
  /// - Returns: the newest alarm after `since` in words, whoever raised it.
  func check(_ specific: ModelVersion, since: Date?) async throws -> String? {
    let reference = try await reference(specific)
    let opinions = try await results.recentOpinions(task: task.task, newest: task.driftWindow)
    let audits = try await results.recentAudits(task: task.task, newest: task.driftWindow)
    let known = try await models.alarms(task: task.task)
    if let start = opinions.first?.answeredAt, let end = opinions.last?.answeredAt {
      for finding in reference.watch.findings(reference.figures(opinions, audits: audits)) {
        // One alarm for one window: the next is raised when answers after it have drifted too.
        let isKnown = known.contains { $0.kind == finding.signal.rawValue && $0.windowEnd >= start }
        if !isKnown { try await raise(finding, from: start, to: end) }
      }
    }
    return try await models.alarms(task: task.task).first { $0.windowEnd > since ?? .distantPast }?.message
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
    let model = try StageModel(await models.load(specific).artifact, as: .specific)
    let made = Reference(
      number: specific.id,
      watch: DriftWatch(reference: try LabelledSamples(heldOut, specific: model).driftFigures(), rule: task.drift),
      labels: LabelIndex(model.artifact.card.labels), threshold: model.stage.threshold)
    reference = made
    return made
  }
}
