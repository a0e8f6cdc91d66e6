import Classification
import Evaluation
import ResultStore

/// Held-out samples of a task that nobody has labelled: a share of what the large model answered while no small model stood
/// before it, with its answer for the truth where that is not known. Answers since then are to samples that were hard, so
/// they would say nothing of the stream.
struct StreamHeldOut: Sendable {
  let results: ResultStore
  let settings: TaskDistillation

  /// The answers that are kept to judge by, their images yet to be brought.
  func answers() async throws -> [StreamAnswer] {
    try await results.newestUnfiltered(task: settings.task, limit: settings.window).answers
      .compactMap(StreamAnswer.init)
      .filter { settings.round.streamHoldOut.contains(id: $0.id, isLabelled: true) }
  }

  /// Such answers as samples.
  /// - Parameter labels: the task's; an answer that is none of them judges nothing.
  static func rows(_ answers: [StreamAnswer], labels: [String]) -> [HeldOutRow] {
    answers.map(\.judgedByLarge).compactMap(\.judgeable).known(to: LabelIndex(labels))
  }
}
