import Classification
import Datasets
import SmallModel

extension ShuntScoring {
  /// Scores texts that no label fits, by the code that router and worker run, T and δ as the cards have them.
  /// - Parameters:
  ///   - mode: the pruning.
  ///   - heldOut: chooses the threshold of "none of these", where the task names none.
  ///   - test: what that threshold costs where a label fits.
  public func outOfScope(
    _ rows: [DataRow], pruning mode: PruningMode, heldOut: Answers, test: Answers
  ) async throws -> OutOfScopeFigures {
    let decided = try CascadePredictions(SmallModelCascade(stages, predictors: predictors), inputs: rows.map(\.input))
    let hard = rows.indices.filter { decided.easy($0) == nil }
    let card = stages[pruningStage].artifact.card
    let small = decided.pruning(labels: LabelIndex(card.labels), prior: card.prior, lastStage: pruningStage)
    step(.stage("asking the large model about \(hard.count) out-of-scope texts"))
    let asked = try await ask(about: hard.map { rows[$0] }, pruners: [pruner(mode)], small: hard.map { small[$0] })
    let none = try task.largeModel.noneOfThese?.threshold ?? OutOfScopeFigures.threshold(of: bestOfAsked(heldOut))
    return OutOfScopeFigures(
      count: rows.count, easyShare: rows.isEmpty ? 0 : 1 - Double(hard.count) / Double(rows.count), threshold: none,
      belowThreshold: OutOfScopeFigures.share(of: asked.best.compactMap(\.self), below: none),
      inScopeBelowThreshold: OutOfScopeFigures.share(of: try bestOfAsked(test), below: none))
  }

  /// The large model's best probabilities for the texts that it is asked about.
  private func bestOfAsked(_ answers: Answers) throws -> [Float] {
    let samples = answers.samples
    return samples.passedOn(samples.indices, by: try fitted(answers)).compactMap { answers.largeBest[$0] }
  }
}
