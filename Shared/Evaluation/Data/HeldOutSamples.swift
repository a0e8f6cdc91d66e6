import Cascade
import Classification
import Content
import Tasks

/// Samples whose label is known, and which label the large model answers to each.
package struct HeldOutSamples: JudgedSamples {
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
        let fault =
          row.label.map { "the label \"\($0)\", which model \(version) does not know" }
          ?? "captions, and model \(version) answers with labels"
        throw EvaluationError("held-out sample \"\(row.id)\" has \(fault)")
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

  package func temperature(of logits: Logits, on indices: [Int]) -> Float {
    Temperature.fit(
      logits: logits.only(indices).values, labels: indices.map { truths[$0] }, classCount: logits.classCount)
  }

  package func reply(of logits: Logits, to sample: Int, temperature: Float) -> StageReply {
    let top = logits.top(sample, temperature: temperature)
    return StageReply(
      confidence: top.probability, quality: LabelQuality.of(top.label, truth: truths[sample]),
      agreement: top.label == large[sample].label ? 1 : 0)
  }

  package func largeOutcome(_ sample: Int) -> CascadeOutcome {
    CascadeOutcome(
      quality: LabelQuality.of(large[sample].label, truth: truths[sample]), asksLarge: true,
      confidence: large[sample].confidence)
  }
}
