import Cascade
import Datasets
import LargeModel
import Tasks

/// What the large model says of rows, each asked once.
public struct LargeModelAnswers: Sendable {
  /// [pruners][rows]: what came of the answer; `nil` where there was none.
  public let conclusions: [[PromptPruner.Conclusion?]]
  /// [rows]: the probability of the large model's own best label, before any small model is weighed in; `nil` where it
  /// gave none.
  public let best: [Float?]

  /// How many rows are asked together.
  private static let batchSize = 256

  /// Asks about each row.
  /// - Parameters:
  ///   - pruners: each concludes from the same answers, so they must leave the same candidates.
  ///   - small: [rows][classes], what the small model holds probable.
  ///   - progress: called with the number of rows done.
  public static func ask(
    _ model: any LargeModel, about rows: [DataRow], pruners: [PromptPruner], small: [[Float]],
    progress: (Int) -> Void = { _ in }
  ) async throws -> LargeModelAnswers {
    var best: [Float?] = []
    var conclusions = [[PromptPruner.Conclusion?]](repeating: [], count: pruners.count)
    for start in stride(from: 0, to: rows.count, by: batchSize) {
      let indices = start..<min(start + batchSize, rows.count)
      let questions = pruners.map { pruner in
        indices.map { pruner.question(id: rows[$0].id, text: rows[$0].text, small: small[$0]) }
      }
      let answers = try await model.answer(questions[0].map(\.request))
      best += answers.map { answer in
        if case .success(let answer) = answer { answer.confidence } else { nil }
      }
      for (number, pruner) in pruners.enumerated() {
        for (question, answer) in zip(questions[number], answers) {
          // A row without an answer counts as answered wrongly.
          if case .success(let answer) = answer {
            conclusions[number].append(pruner.conclude(question, answer))
          } else {
            conclusions[number].append(nil)
          }
        }
      }
      progress(indices.upperBound)
    }
    return LargeModelAnswers(conclusions: conclusions, best: best)
  }
}
