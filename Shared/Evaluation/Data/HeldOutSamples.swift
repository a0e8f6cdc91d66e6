import Cascade
import Classification
import Content
import Tasks

/// Samples whose truth is known, and what the large model answers to each: what cascades are fitted on and judged by.
package struct HeldOutSamples: Sendable {
  /// What the large model answers to a sample.
  package struct LargeReply: Sendable, Equatable {
    /// A class; `nil` where it gave none, or none of the task's.
    package let label: Int?
    /// Its confidence, 0 to 1; `nil` where it gave none.
    package let confidence: Float?
  }

  /// [samples]
  package let inputs: [Input]
  /// [samples]: the groups that each belongs to.
  package let groups: [[SampleGroup]]
  /// [samples], class indices.
  package let truths: [Int]
  /// [samples]
  package let large: [LargeReply]

  /// Samples as the distiller keeps them.
  /// - Parameter version: of the model whose labels these are.
  /// - Throws: `EvaluationError` where a row's label is none of the task's.
  package init(_ rows: [HeldOutRow], labels: LabelIndex, version: String) throws {
    truths = try rows.map { row in
      guard let label = labels[row.label] else {
        throw EvaluationError(
          "held-out sample \"\(row.id)\" has the label \"\(row.label)\", which model \(version) does not know")
      }
      return label
    }
    inputs = rows.map(\.input)
    groups = rows.map { SampleGroup.groups(label: $0.label, region: $0.region, category: $0.category) }
    large = rows.map { LargeReply(label: labels[$0.largeLabel], confidence: $0.largeConfidence) }
  }

  /// Labelled inputs, and what came of the large model's answer to each; `nil` where it gave none.
  /// - Parameter regions: head, medium or tail by label; empty where the task has none.
  package init(_ inputs: LabelledInputs, conclusions: [PromptPruner.Conclusion?], regions: [String: String]) {
    self.inputs = inputs.inputs
    groups = inputs.rows.map { SampleGroup.groups(of: $0, regions: regions) }
    truths = inputs.classes
    large = conclusions.map { LargeReply(label: $0?.label, confidence: $0?.confidence) }
  }

  package var count: Int { truths.count }
  package var indices: [Int] { Array(0..<count) }

  /// Sends the samples at `indices` through small models, in their order, then the large one.
  package func outcomes(_ indices: [Int], of stages: [FittedStage]) -> [CascadeOutcome] {
    let batch = shunted(indices, by: stages)
    return indices.indices.map { place in
      let sample = indices[place]
      switch batch.decisions[place] {
      case .easy(let stage, let confidence):
        return CascadeOutcome(
          quality: LabelQuality.of(batch.label(ofStage: stage, sample: place), truth: truths[sample]),
          asksLarge: false, confidence: confidence)
      case .hard:
        return CascadeOutcome(
          quality: LabelQuality.of(large[sample].label, truth: truths[sample]), asksLarge: true,
          confidence: large[sample].confidence)
      }
    }
  }

  /// What a stage says of one sample, and what becomes of it if the stage's answer does not stand.
  package func outcome(_ sample: Int, _ top: TopLabel, before next: CascadeOutcome) -> HeldOutOutcome {
    HeldOutOutcome(
      confidence: top.probability, quality: LabelQuality.of(top.label, truth: truths[sample]),
      agreement: top.label == large[sample].label ? 1 : 0, nextQuality: next.quality, nextAsksLarge: next.asksLarge)
  }

  /// All samples with their outcomes.
  package func scored(_ stages: [FittedStage]) -> [ScoredSample] {
    zip(groups, outcomes(indices, of: stages)).map { ScoredSample(groups: $0, outcome: $1) }
  }

  /// What small models are unsure of, of the samples at `indices`.
  package func passedOn(_ indices: [Int], by stages: [FittedStage]) -> [Int] {
    let decisions = shunted(indices, by: stages).decisions
    return indices.indices.filter { decisions[$0] == .hard }.map { indices[$0] }
  }

  /// What small models make of the samples at `indices`, by the code that the router runs.
  private func shunted(_ indices: [Int], by stages: [FittedStage]) -> ClassifiedBatch {
    ClassifiedBatch(
      count: indices.count, stages: stages.map(\.stage), temperatures: stages.map(\.temperature),
      classCount: stages.first?.logits.classCount ?? 0
    ) { stage, samples, buffer in
      for (row, place) in samples.enumerated() {
        let logits = stages[stage].logits[indices[place]]
        _ = buffer[(row * logits.count)...].update(fromContentsOf: logits)
      }
    }
  }
}
