import ModelStore

extension TaskDistiller {
  /// Ends the shadow of a candidate that has seen enough: it is promoted, or rejected with the reasons.
  /// - Returns: `nil` where no candidate is in the shadow.
  func concludeShadow() async throws -> Look? {
    guard try await models.shadowOfRound(task: settings.task) != nil else { return nil }
    guard let look = try await withPermit({ _ in try await concludePendingShadow() }) else { return .elsewhere }
    return look
  }

  private func concludePendingShadow() async throws -> Look? {
    // Looked up again: before the permit was ours another distiller may have concluded it.
    guard let shadow = try await models.shadowOfRound(task: settings.task) else { return nil }
    let sums = try await models.shadowSums(model: shadow.id)
    guard let decision = ShadowGate(settings.shadow).judge(sums) else { return .shadowing(samples: sums.samples) }
    let isAsJudged = try await !hasChanged(since: shadow)
    let fault = try await registry.fault(of: shadow).map { "it cannot be loaded: \($0)" }
    let isPromoted = decision.isPromoted && isAsJudged && fault == nil
    let reasons = [
      isAsJudged ? nil : "the versions in force changed since it was judged", fault, decision.reasons,
    ].compactMap { $0 }.joined(separator: "; ")
    try await models.move(shadow.id, to: isPromoted ? .active : .rejected, who: who, why: reasons)
    logger.notice("shadow ended", metadata: ["version": "\(shadow.description.version)", "why": "\(reasons)"])
    return .finished(isPromoted ? .promoted : .rejected)
  }

  /// Whether another version was put in force since this one went into the shadow.
  private func hasChanged(since shadow: ModelVersion) async throws -> Bool {
    let history = try await models.history(task: settings.task)
    guard let start = history.lastIndex(where: { $0.model == shadow.id && $0.to == .shadow }) else { return true }
    return history[start...].contains { $0.to == .active || $0.to == .retired }
  }
}
