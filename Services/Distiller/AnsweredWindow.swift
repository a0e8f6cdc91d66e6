import Foundation
import Metrics
import ModelStore
import ResultStore

/// The newest samples of a task that nearly all have their answer.
struct AnsweredWindow: Sendable {
  /// What S1 says of them.
  let opinions: [ResultStore.SpecificOpinion]
  /// When the first of them was routed.
  let start: Date
  /// When the last of them was routed.
  let end: Date
  /// Whether nearly all that were drawn to be audited are: who is slow to be answered is among them.
  let hasItsAudits: Bool
  /// How many were drawn to be audited.
  let audits: Int
}

/// Looks for it.
struct AnsweredWindows: Sendable {
  let task: TaskDistillation
  let models: ModelStore
  let results: ResultStore

  /// What a look found.
  struct Look: Sendable {
    /// `nil` where too few samples have their answers.
    let window: AnsweredWindow?
    /// What newer samples lack, in words; `nil` where nothing unusual.
    let waitsFor: String?
  }

  /// The newest window of samples that nearly all have their answer, and what newer ones wait for.
  /// - Parameter start: samples that were routed later count.
  func newest(after start: Date) async throws -> Look {
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
      return Look(
        window: try await window(recorded.opinions, probes, from: first, to: last),
        waitsFor: age > DriftWindow.unusualAge ? Self.waiting(since: last) : nil)
    }
    return Look(window: nil, waitsFor: incomplete.map(Self.waiting))
  }

  private func window(
    _ opinions: [ResultStore.SpecificOpinion], _ probes: [RoutingProbe], from start: Date, to end: Date
  ) async throws -> AnsweredWindow {
    let drawn = probes.reduce(0) { $0 + $1.audits }
    let recorded = drawn == 0 ? 0 : try await results.auditCount(task: task.task, routedAt: probes.map(\.routedAt))
    return AnsweredWindow(
      opinions: opinions, start: start, end: end,
      hasItsAudits: DriftWindow.isComplete(recorded, of: drawn), audits: drawn)
  }

  private static func waiting(since moment: Date) -> String {
    "drift is watched up to \(moment.formatted(.iso8601)): of the samples routed since, fewer than "
      + "\(DriftWindow.leastComplete.percent) have an answer; the large model is slow or held, or rejects them"
  }
}
