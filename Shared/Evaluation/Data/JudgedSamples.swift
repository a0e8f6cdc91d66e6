import Captioning
import Cascade
import Content

/// What a stage replies to one sample, and how good that is.
package struct StageReply: Sendable, Equatable {
  /// 0 to 1.
  package let confidence: Float
  /// Against the truth, 0 to 1.
  package let quality: Float
  /// With the large model's reply, 0 to 1; for a label 1 where both are the same.
  package let agreement: Float
  /// What the BLEU of a corpus counts of it; `nil` for a label.
  package let counts: BLEUCounts?

  package init(confidence: Float, quality: Float, agreement: Float, counts: BLEUCounts? = nil) {
    self.confidence = confidence
    self.quality = quality
    self.agreement = agreement
    self.counts = counts
  }
}

/// Samples whose truth is known, and the large model's reply to each: what cascades are fitted on and judged by, whatever
/// is replied.
package protocol JudgedSamples<Answers>: Sendable {
  /// What a small model says of all samples, before any temperature.
  associatedtype Answers: Sendable

  /// [samples]
  var inputs: [Input] { get }
  /// [samples]: the groups that each belongs to.
  var groups: [[SampleGroup]] { get }

  /// T, above 0, fitted on the samples at `indices`.
  func temperature(of answers: Answers, on indices: [Int]) -> Float

  /// What a small model replies to one sample at a temperature.
  func reply(of answers: Answers, to sample: Int, temperature: Float) -> StageReply

  /// What becomes of one sample that no small model is sure of.
  func largeOutcome(_ sample: Int) -> CascadeOutcome
}

extension JudgedSamples {
  package var count: Int { inputs.count }
  package var indices: [Int] { Array(0..<count) }

  /// Sends the samples at `indices` through small models, in their order, then the large one.
  package func outcomes(_ indices: [Int], of stages: [Fitted<Answers>]) -> [CascadeOutcome] {
    zip(indices, decisions(indices, by: stages)).map { sample, decision in
      guard case .easy(let stage, let confidence) = decision else { return largeOutcome(sample) }
      let reply = reply(of: stages[stage], to: sample)
      return CascadeOutcome(quality: reply.quality, asksLarge: false, confidence: confidence, counts: reply.counts)
    }
  }

  /// What a stage says of one sample, and what becomes of it if the stage's reply does not stand.
  package func outcome(_ sample: Int, _ reply: StageReply, before next: CascadeOutcome) -> HeldOutOutcome {
    HeldOutOutcome(
      confidence: reply.confidence, quality: reply.quality, agreement: reply.agreement, nextQuality: next.quality,
      nextAsksLarge: next.asksLarge)
  }

  /// All samples with their outcomes.
  package func scored(_ stages: [Fitted<Answers>]) -> [ScoredSample] {
    zip(groups, outcomes(indices, of: stages)).map { ScoredSample(groups: $0, outcome: $1) }
  }

  /// What small models are unsure of, of the samples at `indices`.
  package func passedOn(_ indices: [Int], by stages: [Fitted<Answers>]) -> [Int] {
    let decisions = decisions(indices, by: stages)
    return indices.indices.filter { decisions[$0] == .hard }.map { indices[$0] }
  }

  /// What small models make of the samples at `indices`, by the rule that the router runs.
  package func decisions(_ indices: [Int], by stages: [Fitted<Answers>]) -> [ShuntedBatch.Decision] {
    Shunt.shunt(count: indices.count, stages: stages.map(\.stage)) { stage, places in
      places.map { reply(of: stages[stage], to: indices[$0]).confidence }
    }.decisions
  }

  private func reply(of stage: Fitted<Answers>, to sample: Int) -> StageReply {
    reply(of: stage.answers, to: sample, temperature: stage.temperature)
  }
}
