import Evaluation
import Datasets
import ResultStore

/// What Postgres says of the test rows.
struct TestScore {
  let accuracy: Double
  let queryShare: Double
  let regions: [String: Score]?

  /// Joins the answers with the truth.
  static func read(
    rows: [DataRow], task: String, regions: [String: String], from store: ResultStore
  ) async throws -> TestScore {
    let answers = try await store.answers(task: task, ids: rows.map(\.id))
    let outcomes = rows.map { row in
      ScoredSample(
        groups: SampleGroup.groups(of: row, regions: regions),
        outcome: CascadeOutcome(
          quality: answers[row.id]?.reply.label == row.label ? 1 : 0,
          asksLarge: answers[row.id].map { $0.answeredBy == .large } ?? true, confidence: nil))
    }
    let score = Score(outcomes.map(\.outcome))
    return TestScore(
      accuracy: score.accuracy, queryShare: score.queryShare, regions: outcomes.namedScores(by: .region))
  }
}
