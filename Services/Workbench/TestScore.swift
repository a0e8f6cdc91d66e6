import Evaluation
import Datasets
import Postgres

/// What Postgres says of the test rows.
struct TestScore {
  let accuracy: Double
  let queryShare: Double
  let regions: [String: Score]?

  /// Joins the answers with the truth.
  static func read(
    rows: [DataRow], task: String, regions: [String: String], over connection: Connection
  ) async throws -> TestScore {
    let answers = try await connection.query(
      "SELECT id, label, answered_by FROM results WHERE task = $1 AND id = ANY($2::text[])",
      [.text(task), .texts(rows.map(\.id))])
    var byID: [String: (label: String, isLarge: Bool)] = [:]
    for row in answers {
      byID[try row["id"]] = (try row["label"], try row["answered_by"] as String == "large")
    }
    let outcomes = rows.map { row in
      ScoredSample(
        groups: SampleGroup.groups(of: row, regions: regions),
        outcome: CascadeOutcome(
          quality: byID[row.id]?.label == row.label ? 1 : 0, asksLarge: byID[row.id]?.isLarge ?? true, confidence: nil))
    }
    let score = Score(outcomes.map(\.outcome))
    let byRegion = outcomes.scores(by: .region)
    return TestScore(
      accuracy: score.accuracy, queryShare: score.queryShare, regions: byRegion.isEmpty ? nil : byRegion)
  }
}
