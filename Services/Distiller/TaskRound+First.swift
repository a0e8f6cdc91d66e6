import Evaluation
import ModelStore
import Tasks

extension TaskRound {
  /// A round of a task that has no small model yet: makes the first one, and puts it in force where it is worth it.
  mutating func learnFirst(_ definition: TaskDefinition) async throws -> RoundEnd {
    let newest = try await results.newestUnfiltered(task: settings.task, limit: settings.window)
    position = newest.cursor
    var answers = try await withImages(newest.answers.compactMap(StreamAnswer.init), for: definition.reads ?? [.text])
    if settings.round.isRepeatable { answers.sort { $0.id < $1.id } }
    try await afterStep(.read)
    let first = FirstModel(rule: settings.first, round: settings.round)
    let outcome = try await first.run(
      FirstModel.Input(
        definition: definition, answers: answers, version: "specific-\(round.id)", encoders: registry.encoders)
    ) { [logger] epoch in logger.debug("epoch", metadata: ["number": "\(epoch.number)", "loss": "\(epoch.loss)"]) }
    try await afterStep(.judged)
    let end =
      switch outcome {
      case .nothingToLearn(let counts, let why): try await conclude(without: counts, why)
      case .judged(let candidate): try await conclude(candidate, try await register(candidate), against: [])
      }
    try await afterStep(.finished)
    return end
  }
}
