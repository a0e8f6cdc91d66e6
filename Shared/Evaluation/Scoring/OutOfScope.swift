import Cascade
import Classification
import Datasets
import LargeModel
import SmallModel
import Tasks

/// What the cascade does with texts that none of a task's labels fits.
public struct OutOfScopeFigures: Sendable, Codable {
  /// How many such texts were scored.
  public var count: Int
  /// The part of them that a small model answers, with a label that must be wrong.
  public var easyShare: Double
  /// The large model's best probability below which the answer is "none of these".
  public var threshold: Float
  /// The part of the large model's answers to these texts that is below it.
  public var belowThreshold: Double
  /// The part of its answers to test rows, which a label fits, that is below it too.
  public var inScopeBelowThreshold: Double

  private enum CodingKeys: String, CodingKey {
    case count, threshold
    case easyShare = "easy_share"
    case belowThreshold = "below_threshold"
    case inScopeBelowThreshold = "in_scope_below_threshold"
  }

  /// The part of the held-out answers that "none of these" may cost, where the task names no threshold.
  public static let allowedLoss = 0.05

  /// The largest threshold below which no more than a part of some probabilities lies.
  /// - Parameter best: the large model's best probabilities on rows that a label fits.
  public static func threshold(losing part: Double = allowedLoss, of best: [Float]) -> Float {
    let sorted = best.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
  }

  /// The part of some probabilities that is below a threshold; 0 of none.
  public static func share(of best: [Float], below threshold: Float) -> Double {
    best.isEmpty ? 0 : Double(best.count { $0 < threshold }) / Double(best.count)
  }
}

extension ShuntScoring {
  /// Scores texts that no label fits, by the code that router and worker run.
  /// - Parameters:
  ///   - threshold: δ.
  ///   - mode: the pruning.
  ///   - heldOut: chooses the threshold of "none of these", where the task names none.
  ///   - test: what that threshold costs where a label fits.
  public func outOfScope(
    _ rows: [DataRow], threshold: Float, pruning mode: PruningMode, heldOut: Answers, test: Answers
  ) async throws -> OutOfScopeFigures {
    let texts = rows.map(\.text)
    let decided = try CascadePredictions(cascade(threshold: threshold), texts: texts)
    let hard = rows.indices.filter { decided.easy($0) == nil }
    let small = decided.pruning(labels: LabelIndex(artifact.card.labels), prior: artifact.card.prior, lastStage: 0)
    step(.stage("asking the large model about \(hard.count) out-of-scope texts"))
    let asked = try await ask(
      about: hard.map { rows[$0] }, pruners: [pruner(mode)], small: hard.map { small[$0] })
    let none =
      task.largeModel.noneOfThese?.threshold
      ?? OutOfScopeFigures.threshold(of: asks(heldOut, threshold))
    return OutOfScopeFigures(
      count: rows.count, easyShare: rows.isEmpty ? 0 : 1 - Double(hard.count) / Double(rows.count), threshold: none,
      belowThreshold: OutOfScopeFigures.share(of: asked.best.compactMap(\.self), below: none),
      inScopeBelowThreshold: OutOfScopeFigures.share(of: asks(test, threshold), below: none))
  }

  /// The large model's best probabilities for the rows that it is asked about at δ.
  private func asks(_ answers: Answers, _ threshold: Float) -> [Float] {
    zip(answers.small, answers.largeBest).compactMap { Shunt.isEasy($0.probability, threshold: threshold) ? nil : $1 }
  }
}
