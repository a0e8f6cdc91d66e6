import Foundation
import ModelStore
import ResultStore

extension TaskDistiller {
  /// Looks at a task without a small model: whether its answers are enough to learn the first one from.
  func lookForFirst(isRequested: Bool) async throws -> Look {
    guard let definition = settings.definition else { return .noSpecificModel }
    let finished = try await models.rounds(task: settings.task).filter { $0.state == .finished }
    roundNote = Self.note(on: finished)
    let answers = try await results.unfilteredCount(
      task: settings.task, after: finished.first?.to ?? AnswerCursor())
    var policy = settings.policy
    let needed = settings.first.answersNeeded(labels: definition.labels.count)
    // Neither a schedule nor drift asks for it, and where it was refused as many more must come.
    (policy.newAnswers, policy.leastAnswers, policy.interval) = (needed, needed, nil)
    let state = RoundPolicy.State(
      lastRound: finished.first?.finishedAt ?? startedAt, newAnswers: answers, isRequested: isRequested)
    guard let reason = policy.reason(state, now: .now) else { return .gathering(answers: answers, of: needed) }
    return try await withPermit { try await round(for: reason, $0) } ?? .elsewhere
  }
}
