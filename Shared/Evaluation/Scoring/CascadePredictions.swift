import Classification
import Content
import SmallModel
import Tasks

/// What a cascade of small models says of inputs, the large model left out.
public struct CascadePredictions: Sendable {
  private let shunted: ClassifiedBatch

  /// Runs the cascade that the router runs.
  public init(_ cascade: SmallModelCascade, inputs: [Input]) throws {
    shunted = try cascade.shunt(inputs, scratch: PredictionScratch())
  }

  /// What becomes of an input: the small model's answer, or `nil` where the large model is to be asked.
  public func easy(_ index: Int) -> TopLabel? {
    guard case .easy(let stage, let confidence) = shunted.decisions[index] else { return nil }
    return shunted.label(ofStage: stage, sample: index).map { TopLabel(label: $0, probability: confidence) }
  }

  /// What the last small model that saw an input holds probable, as a message to the large model carries it.
  /// - Parameter prior: shares out the mass of the labels that the message does not name.
  public func pruning(labels: LabelIndex, prior: [Float], lastStage: Int) -> [[Float]] {
    shunted.decisions.indices.map { index in
      let seen = (0...lastStage).last { shunted.probabilities(ofStage: $0, sample: index) != nil } ?? 0
      let probabilities = shunted.probabilities(ofStage: seen, sample: index) ?? []
      return LabelDistribution(labels: labels, probabilities: probabilities).expanded(over: labels, prior: prior)
    }
  }
}

extension CascadePredictions {
  /// What became of each input.
  /// - Parameters:
  ///   - large: [inputs]: what came of the large model's answer; `nil` where it gave none, which counts as wrong.
  ///   - regions: head, medium or tail by label; empty where the task has none.
  public func outcomes(
    large: [PromptPruner.Conclusion?], inputs: LabelledInputs, regions: [String: String]
  ) -> [ScoredSample] {
    inputs.rows.indices.map { index in
      let easy = easy(index)
      return ScoredSample(
        groups: SampleGroup.groups(of: inputs.rows[index], regions: regions),
        outcome: CascadeOutcome(
          quality: LabelQuality.of(easy?.label ?? large[index]?.label, truth: inputs.classes[index]),
          asksLarge: easy == nil, confidence: easy?.probability ?? large[index]?.confidence))
    }
  }
}
