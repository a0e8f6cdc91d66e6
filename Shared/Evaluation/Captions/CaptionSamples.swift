import Cascade
import Captioning
import Content
import Datasets
import SmallModel

/// Samples with captions that people wrote, and what the large model says of each.
package struct CaptionSamples: JudgedSamples {
  /// What a small model says of all samples, each compared once: strings are slow to compare, and thresholds are looked at
  /// again and again.
  package struct Answers: Sendable {
    /// [samples]
    package let captions: [GeneratedCaption]
    fileprivate let replies: [StageReply]
  }

  package let inputs: [Input]
  package let groups: [[SampleGroup]]
  /// [samples][references]
  package let references: [[String]]
  /// [samples]
  package let large: [LargeCaption]
  private let largeCounts: [BLEUCounts]

  /// - Parameters:
  ///   - rows: each with captions.
  ///   - large: [rows]
  package init(_ rows: [DataRow], large: [LargeCaption]) {
    self.init(
      inputs: rows.map(\.input), groups: rows.map { SampleGroup.groups(of: $0, regions: [:]) },
      references: rows.map(\.captions), large: large)
  }

  /// Samples as the distiller keeps them.
  /// - Throws: `EvaluationError` where a row is one of labels.
  package init(_ rows: [HeldOutRow]) throws {
    let (references, large) = (rows.map(\.truth.captions), rows.map(\.large.caption))
    if let index = rows.indices.first(where: { references[$0] == nil || large[$0] == nil }) {
      throw EvaluationError(
        "held-out sample \"\(rows[index].id)\" has a label, and the task answers with captions")
    }
    self.init(
      inputs: rows.map(\.input),
      groups: rows.map { SampleGroup.groups(label: nil, region: $0.region, category: $0.category) },
      references: references.compactMap(\.self),
      large: zip(large, rows).map { LargeCaption(text: $0 ?? "", confidence: $1.largeConfidence) })
  }

  private init(inputs: [Input], groups: [[SampleGroup]], references: [[String]], large: [LargeCaption]) {
    (self.inputs, self.groups, self.references, self.large) = (inputs, groups, references, large)
    largeCounts = zip(large, references).map { BLEUCounts($0.text, references: $1) }
  }

  /// A small model's captions with what each is worth.
  /// - Parameter captions: [samples]
  package func answers(_ captions: [GeneratedCaption]) -> Answers {
    let replies = indices.map { sample in
      let caption = captions[sample]
      let counts = BLEUCounts(caption.text, references: references[sample])
      return StageReply(
        confidence: caption.confidence, quality: Self.quality(counts),
        agreement: Float(SentenceBLEU.quality(of: caption.text, references: [large[sample].text])), counts: counts)
    }
    return Answers(captions: captions, replies: replies)
  }

  /// 1: a captioner's confidence is calibrated by its own card.
  package func temperature(of answers: Answers, on indices: [Int]) -> Float { 1 }

  package func reply(of answers: Answers, to sample: Int, temperature: Float) -> StageReply { answers.replies[sample] }

  package func largeOutcome(_ sample: Int) -> CascadeOutcome {
    CascadeOutcome(
      quality: Self.quality(largeCounts[sample]), asksLarge: true, confidence: large[sample].confidence,
      counts: largeCounts[sample])
  }

  private static func quality(_ counts: BLEUCounts) -> Float { Float(SentenceBLEU.quality(counts)) }
}

/// What the large model says of a picture.
package struct LargeCaption: Sendable, Equatable {
  /// The caption.
  package let text: String
  /// 0 to 1; `nil` where it gave none.
  package let confidence: Float?

  package init(text: String, confidence: Float?) {
    self.text = text
    self.confidence = confidence
  }
}
