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

  /// What a look for drift found.
  struct Look: Sendable {
    /// The newest alarm in words, whoever raised it.
    let alarm: String?
    /// What the newest samples lack, so that drift is watched only up to some time ago, or not at all.
    let waitsFor: String?
  }

  /// Looks at the newest samples that are answered and raises what has drifted.
  /// - Parameter since: alarms of windows that ended before are told no more.
  func check(_ specific: ModelVersion, since: Date?) async throws -> Look {
    let reference = try await reference(specific)
    let (window, waitsFor) = try await window(after: reference.inForceSince)
    let known = try await models.alarms(task: task.task)
    if let window {
      let audits = try await results.recentAudits(task: task.task, newest: task.driftWindow)
      for finding in reference.watch.findings(reference.figures(window.opinions, audits: audits)) {
        // One alarm for one window: the next is raised when answers after it have drifted too.
        let isKnown = known.contains { $0.kind == finding.signal.rawValue && $0.windowEnd >= window.start }
        if !isKnown { try await raise(finding, from: window.start, to: window.end) }
      }
    }
    let newest = try await models.alarms(task: task.task).first { $0.windowEnd > since ?? .distantPast }
    return Look(alarm: newest?.message, waitsFor: waitsFor)
  }

  private struct Window {
    let opinions: [ResultStore.SpecificOpinion]
    let start: Date
    let end: Date
  }

  /// The newest window of samples that nearly all have their answer, and what newer ones wait for.
  private func window(after start: Date) async throws -> (Window?, waitsFor: String?) {
    let now = Date()
    var (seen, incomplete) = (Date?.none, Date?.none)
    for age in DriftWindow.ages {
      let probes = try await models.probes(
        task: task.task, after: start, until: now.addingTimeInterval(-age), samples: task.driftWindow)
      guard let first = probes.last?.routedAt, let last = probes.first?.routedAt,
        DriftWindow.samples(probes) >= task.drift.leastSamples
      else { break }
      // The same probes may be the newest at several ages.
      if seen == last { continue }
      seen = last
      let recorded = try await results.opinions(task: task.task, routedAt: probes.map(\.routedAt))
      guard DriftWindow.isComplete(probes, answers: recorded.answers) else {
        incomplete = first
        continue
      }
      Gauge(label: "distiller.drift_window_age", dimensions: [("task", task.task)])
        .record(now.timeIntervalSince(last))
      return (
        Window(opinions: recorded.opinions, start: first, end: last),
        waitsFor: age > DriftWindow.unusualAge ? Self.waiting(since: last) : nil
      )
    }
    return (nil, waitsFor: incomplete.map(Self.waiting))
  }

  private static func waiting(since moment: Date) -> String {
    "drift is watched up to \(moment.formatted(.iso8601)): of the samples routed since, fewer than "
      + "\(DriftWindow.leastComplete.percent) have an answer; the large model is slow or held, or rejects them"
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
