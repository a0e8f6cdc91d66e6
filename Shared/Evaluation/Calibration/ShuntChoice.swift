import Cascade
import Classification
import Foundation
import SmallModel
import Tasks

/// A task's pruning, and T and δ of its small models, chosen together on held-out answers.
public struct ShuntChoice: Sendable {
  /// The rule that the choice was made by; near the best of all prunings it is the floor that this sets.
  public let rule: ThresholdRule
  /// The pruning.
  public let mode: PruningMode
  /// The point of its curve.
  public let point: ThresholdCurve.Point
  /// The shunt at every threshold of S1, by each pruning that was looked at.
  public let curves: [PruningMode: ThresholdCurve]
  /// Why a small model after S1 answers nothing, one line each.
  public let notes: [String]
  /// The small models with T, δ and pruning in their cards, ready to be scored.
  public let scoring: ShuntScoring
  /// The further small model between S2 and the large one, where there is one.
  public var intermediate: SmallModelArtifact? {
    scoring.stages.first { $0.answeredBy == .intermediate }?.artifact
  }
  private let fits: [PruningMode: [StageFit]]

  /// Chooses by the task's rule.
  /// - Parameters:
  ///   - answers: of the held-out rows, by pruning.
  ///   - named: the pruning; `nil`: the one that serves the rule best, which the cards then name.
  ///   - renamedAt: another threshold answers otherwise, so it is another version, named after this moment; `nil` for
  ///     models that have none yet.
  /// - Throws: `ThresholdError` where no threshold of S1 satisfies the rule; `TaskError` where the named pruning was not
  ///   looked at.
  public init(
    _ scoring: ShuntScoring, answers: [PruningMode: ShuntScoring.Answers], named: PruningMode?, renamedAt: Date? = nil
  ) throws {
    rule = scoring.rule(for: answers.filter { named == nil || $0.key == named })
    let fits = answers.mapValues { [rule] in scoring.fits($0, by: rule) }
    let curves = fits.compactMapValues(\.first?.curve)
    if let named, curves[named] == nil {
      throw TaskError(
        "task \(scoring.task.name): pruning.mode \(named.rawValue) needs a large model with probabilities")
    }
    let choice = try PruningChoice(rule, curves: curves.filter { named == nil || $0.key == named })
    let chosen = fits[choice.mode] ?? []
    (mode, point, self.curves, self.fits) = (choice.mode, choice.point, curves, fits)
    notes = zip(scoring.stages, chosen).compactMap { stage, fit in
      fit.failure.map { "the \(stage.answeredBy.rawValue) model answers nothing: \($0)" }
    }
    self.scoring = scoring.with(
      try zip(scoring.stages, chosen).map { stage, fit in
        var card = stage.artifact.card
        card.temperature = Double(fit.temperature)
        card.thresholds[ModelCard.shuntThreshold] = Double(fit.threshold)
        card.pruning = named == nil ? choice.mode : nil
        if let renamedAt {
          card.version = ModelVersionName.make(task: card.task, as: stage.answeredBy, createdAt: renamedAt)
        }
        return (stage.answeredBy, try stage.artifact.with(card))
      })
  }

  /// The figures of other answers, each pruning with what was fitted for it; prunings for which no threshold of S1
  /// satisfies the rule are left out.
  public func figures(_ answers: [PruningMode: ShuntScoring.Answers]) -> [PruningMode: ShuntScoring.Figures] {
    var figures: [PruningMode: ShuntScoring.Figures] = [:]
    for (mode, answers) in answers {
      guard let fits = fits[mode], fits.first?.failure == nil else { continue }
      figures[mode] = scoring.figures(answers, scoring.fitted(answers, fits))
    }
    return figures
  }
}
