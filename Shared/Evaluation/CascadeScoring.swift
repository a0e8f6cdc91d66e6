import Classification
import SmallModel

/// What a cascade of small models says of texts, the large model left out.
public struct CascadePredictions: Sendable {
  private let shunted: ClassifiedBatch

  /// Runs the cascade that the router runs.
  public init(_ cascade: SmallModelCascade, texts: [String]) throws {
    var scratch = SmallModelCascade.Scratch()
    shunted = try cascade.shunt(texts, scratch: &scratch)
  }

  /// What becomes of a text: the small model's answer, or `nil` where the large model is to be asked.
  public func answer(_ index: Int) -> Int? {
    if case .easy(let stage, _) = shunted.decisions[index] { shunted.label(ofStage: stage, sample: index) } else { nil }
  }

  /// S1's probabilities, [texts][classes].
  public var specific: [[Float]] {
    shunted.decisions.indices.map { Array(shunted.probabilities(ofStage: 0, sample: $0) ?? []) }
  }

  /// What the last small model that saw a text holds probable, as a message to the large model carries it.
  /// - Parameter prior: shares out the mass of the labels that the message does not name.
  public func pruning(labels: LabelIndex, prior: [Float], lastStage: Int) -> [[Float]] {
    shunted.decisions.indices.map { index in
      let seen = (0...lastStage).last { shunted.probabilities(ofStage: $0, sample: index) != nil } ?? 0
      let probabilities = shunted.probabilities(ofStage: seen, sample: index) ?? []
      return LabelDistribution(labels: labels, probabilities: probabilities).expanded(over: labels, prior: prior)
    }
  }
}

/// Scores a cascade on labelled texts.
public enum CascadeScoring {
  /// What became of each text.
  /// - Parameters:
  ///   - large: [texts]: the large model's class; `nil` where it gave none, which counts as wrong.
  ///   - region: of a class, where the task has regions.
  public static func outcomes(
    _ predictions: CascadePredictions, large: [Int?], texts: LabelledTexts, region: (Int) -> String?
  ) -> [ScoredSample] {
    texts.rows.indices.map { index in
      let easy = predictions.answer(index)
      let truth = texts.classes[index]
      return ScoredSample(
        isRight: (easy ?? large[index]) == truth, askedLarge: easy == nil, region: region(truth),
        category: texts.rows[index].category)
    }
  }
}
