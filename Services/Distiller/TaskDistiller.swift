import Foundation
import Logging
import Messages
import ModelRegistry
import ModelStore
import ResultStore

/// Distils one task: looks whether a round is due, and runs it where no other distiller does.
actor TaskDistiller {
  nonisolated let settings: TaskDistillation
  let registry: ModelRegistry
  var models: ModelStore { registry.store }
  let results: ResultStore
  private let images: StreamImages
  private let samples: RoundSamples
  let who: String
  let logger: Logger
  let startedAt = Date.now
  private let drift: DriftMonitor
  private let windows: AnsweredWindows
  private let promises: PromiseWatch
  private var driftNote: String?
  /// What the S1 of a number answers with; it seldom changes.
  private var answers: (number: Int, areLabels: Bool)?
  var roundNote: String?
  /// What an operator should know of the task: rounds that fail one after the other, and how far drift is watched.
  var notes: [String] { [roundNote, driftNote].compactMap { $0 } + promiseNotes }
  private var promiseNotes: [String] = []
  private let afterStep: @Sendable (RoundStep) async throws -> Void

  /// - Parameters:
  ///   - who: this distiller's name in the history of versions.
  ///   - afterStep: called after each step of a round; tests let the process die there.
  /// - Throws: where the file of held-out samples or of labelled rows cannot be read.
  init(
    _ settings: TaskDistillation, registry: ModelRegistry, results: ResultStore, images: StreamImages, who: String,
    logger: Logger,
    afterStep: @escaping @Sendable (RoundStep) async throws -> Void = { _ in }
  ) throws {
    self.settings = settings
    self.registry = registry
    self.results = results
    self.images = images
    self.who = who
    self.logger = logger
    self.afterStep = afterStep
    samples = try RoundSamples(settings)
    drift = DriftMonitor(
      settings, registry: registry, results: results, heldOut: samples.heldOut, images: images, logger: logger)
    windows = AnsweredWindows(task: settings, models: registry.store, results: results)
    promises = PromiseWatch(task: settings, models: registry.store, results: results, who: who, logger: logger)
  }

  /// What came of a look at the task.
  enum Look: Sendable, Equatable {
    /// Nothing is due.
    case idle(newAnswers: Int)
    /// There is no S1 in force yet, and nothing says how to make one.
    case noSpecificModel
    /// There is no S1 yet, and so many answers of those that the first one needs.
    case gathering(answers: Int, of: Int)
    /// Another distiller is at it.
    case elsewhere
    /// A candidate is in the shadow and has seen so many samples, not yet enough.
    case shadowing(samples: Int)
    /// A round ran to its end, or a shadow to its.
    case finished(RoundOutcome)
  }

  /// Looks on behalf of somebody who asks for a round, unless one began since they looked.
  func look(requestedAfter lastRound: Int?) async throws -> Look {
    let newest = try await models.rounds(task: settings.task, limit: 1).first?.id ?? 0
    return try await look(isRequested: lastRound.map { newest <= $0 } ?? false)
  }

  /// Looks for drift and for a reason to start a round, and runs it.
  func look(isRequested: Bool = false) async throws -> Look {
    guard let specific = try await models.inForce(task: settings.task).first else {
      return try await lookForFirst(isRequested: isRequested)
    }
    if !isRequested, let look = try await concludeShadow() { return look }
    let finished = try await models.rounds(task: settings.task).filter { $0.state == .finished }
    roundNote = Self.note(on: finished)
    let last = finished.first
    let newAnswers = try await results.teachingCount(task: settings.task, after: last?.to ?? AnswerCursor())
    let state = RoundPolicy.State(
      lastRound: last?.finishedAt ?? startedAt, newAnswers: newAnswers, isRequested: isRequested,
      drift: try await watchDrift(specific, since: last?.startedAt))
    guard let reason = settings.policy.reason(state, now: .now) else { return .idle(newAnswers: newAnswers) }
    return try await withPermit { try await round(for: reason, $0) } ?? .elsewhere
  }

  /// Runs `body` with the right to a round; `nil` where another distiller has it.
  func withPermit<Value>(_ body: (RoundPermit) async throws -> Value) async throws -> Value? {
    guard let permit = try await models.roundPermit(task: settings.task) else { return nil }
    do {
      let value = try await body(permit)
      await permit.release()
      return value
    } catch {
      await permit.release()
      throw error
    }
  }

  /// The newest alarm after `since` in words, whoever raised it. Where the data do not let drift be watched, rounds go on
  /// without.
  private func watchDrift(_ specific: ModelVersion, since: Date?) async throws -> String? {
    do {
      guard try await answersWithLabels(specific) else {
        driftNote =
          settings.policy.onDrift == .nothing
          ? nil
          : "drift is not watched: it shows in the mix and the agreement of labels, and the task answers with captions; "
            + "set on_drift to nothing"
        return nil
      }
      let look = try await windows.newest(after: try await drift.inForceSince(specific))
      driftNote = look.waitsFor
      if let window = look.window {
        promiseNotes = try await promises.check(window)
        try await drift.check(specific, window)
      }
    } catch let error where !isOfTheWorld(error) {
      driftNote = "drift cannot be watched: \(error)"
    }
    return try await models.alarms(task: settings.task).first { $0.windowEnd > since ?? .distantPast }?.message
  }

  private func answersWithLabels(_ specific: ModelVersion) async throws -> Bool {
    if let known = answers, known.number == specific.id { return known.areLabels }
    let areLabels = try await registry.stored(specific).classifier != nil
    answers = (specific.id, areLabels)
    return areLabels
  }

  /// One failed round may be chance; of more an operator should know.
  static func note(on finished: [DistillationRound]) -> String? {
    let times = finished.prefix { $0.outcome == .failed }.count
    guard times > 1, let reasons = finished.first?.reasons else { return nil }
    return "the last \(times) rounds failed: \(reasons)"
  }

  /// One round, from its row to its end, whatever its data are.
  func round(for reason: RoundReason, _ permit: RoundPermit) async throws -> Look {
    let begun = try await models.beginRound(permit)
    logger.notice("round begins", metadata: ["round": "\(begun.id)", "reason": "\(reason)"])
    var round = TaskRound(
      round: begun, reason: reason, settings: settings, samples: samples, registry: registry, results: results,
      images: images, who: who, logger: logger, afterStep: afterStep)
    do {
      let end = try await round.run()
      logger.notice(
        "round ended",
        metadata: ["round": "\(end.round)", "outcome": "\(end.outcome.rawValue)", "reasons": "\(end.reasons)"])
      return .finished(end.outcome)
    } catch let error where !isOfTheWorld(error) {
      return try await fail(begun, "\(error)", round.position)
    }
  }

  /// What it has read is no longer new: the same data would fail again.
  private func fail(_ round: DistillationRound, _ reason: String, _ position: AnswerCursor) async throws -> Look {
    // It may quote data, and no text in Postgres holds U+0000.
    let reason = reason.replacing("\0", with: "\u{FFFD}")
    do {
      try await models.finish(
        RoundEnd(
          round: round.id, to: position, outcome: .failed, reasons: reason,
          findings: [RoundFinding(kind: "failed", text: reason)]))
    } catch let error as ModelStoreError where error.kind == .state {
      logger.warning("the round was given up meanwhile", metadata: ["round": "\(round.id)", "reasons": "\(reason)"])
      return .elsewhere
    }
    logger.error("round failed", metadata: ["round": "\(round.id)", "reasons": "\(reason)"])
    return .finished(.failed)
  }
}
