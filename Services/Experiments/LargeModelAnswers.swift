import Cascade
import Datasets
import LargeModel
import Tasks

/// What the large model says of rows, each asked once.
public struct LargeModelAnswers: Sendable {
  /// [rows]: what came of the answer; `nil` where there was none.
  public let conclusions: [PromptPruner.Conclusion?]

  /// How many rows are asked together.
  private static let batchSize = 256

  /// Asks about each row.
  /// - Parameters:
  ///   - small: [rows][classes], what the small model holds probable, for pruning; empty without.
  ///   - progress: called with the number of rows done.
  public static func ask(
    _ model: any LargeModel, about rows: [DataRow], pruner: PromptPruner, small: [[Float]] = [],
    progress: (Int) -> Void = { _ in }
  ) async throws -> LargeModelAnswers {
    var conclusions: [PromptPruner.Conclusion?] = []
    conclusions.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: batchSize) {
      let indices = start..<min(start + batchSize, rows.count)
      let questions = indices.map {
        pruner.question(id: rows[$0].id, text: rows[$0].text, small: small.isEmpty ? nil : small[$0])
      }
      let answers = try await model.answer(questions.map(\.request))
      for (question, answer) in zip(questions, answers) {
        // A row without an answer counts as answered wrongly; the caller reports how many there were.
        conclusions.append(try? answer.map { pruner.conclude(question, $0) }.get())
      }
      progress(indices.upperBound)
    }
    return LargeModelAnswers(conclusions: conclusions)
  }
}
