import ModelStore

extension TaskDistiller {
  /// A candidate that a round of this task has put into the shadow.
  private struct Pending {
    let model: ModelVersion
    let round: DistillationRound
  }

  /// Ends the shadow of a candidate that has seen enough: it is promoted, or rejected with the reasons.
  /// - Returns: `nil` where no candidate is in the shadow.
  func concludeShadow() async throws -> Look? {
    guard try await pending() != nil else { return nil }
    guard let permit = try await models.roundPermit(task: settings.task) else { return .elsewhere }
    do {
      let look = try await concludeShadow(permit)
      await permit.release()
      return look
    } catch {
      await permit.release()
      throw error
    }
  }

  private func concludeShadow(_ permit: RoundPermit) async throws -> Look? {
    // Looked up again: before the permit was ours another distiller may have concluded it.
    guard let pending = try await pending() else { return nil }
    let sums = try await models.shadowSums(model: pending.model.id)
    guard let decision = ShadowGate(settings.shadow).judge(sums) else { return .shadowing(samples: sums.samples) }
    let isAsJudged = try await !hasChanged(since: pending.model)
    let fault = try await models.fault(of: pending.model).map { "it cannot be loaded: \($0)" }
    let isPromoted = decision.isPromoted && isAsJudged && fault == nil
    let reasons = [
      isAsJudged ? nil : "the versions in force changed since it was judged", fault, decision.reasons,
    ].compactMap { $0 }.joined(separator: "; ")
    try await models.move(pending.model.id, to: isPromoted ? .active : .rejected, who: who, why: reasons)
    logger.notice("shadow ended", metadata: ["version": "\(pending.model.description.version)", "why": "\(reasons)"])
    return .finished(outcome: isPromoted ? "promoted" : "rejected")
  }

  /// A version that a person put into the shadow has other reasons than its round, and is left to that person.
  private func pending() async throws -> Pending? {
    let rounds = try await models.rounds(task: settings.task)
    for model in try await models.serving().shadows where model.slot.task == settings.task {
      if let round = rounds.first(where: { $0.candidate == model.id && $0.outcome == Self.shadowed }),
        round.reasons == model.reasons
      {
        return Pending(model: model, round: round)
      }
    }
    return nil
  }

  /// Whether another version was put in force since this one went into the shadow.
  private func hasChanged(since shadow: ModelVersion) async throws -> Bool {
    let history = try await models.history(task: settings.task)
    guard let start = history.lastIndex(where: { $0.model == shadow.id && $0.to == .shadow }) else { return true }
    return history[start...].contains { $0.to == .active || $0.to == .retired }
  }

  /// A round that begins takes the place of one whose candidate is still in the shadow.
  func withdrawShadow() async throws {
    guard let pending = try await pending() else { return }
    try await models.move(
      pending.model.id, to: .rejected, who: who, why: "a newer round began before it had seen enough in the shadow")
  }
}
