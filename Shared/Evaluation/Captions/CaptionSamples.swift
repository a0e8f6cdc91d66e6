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
  private let largeQualities: [Float]

  /// - Parameters:
  ///   - rows: each with captions.
  ///   - large: [rows]
  package init(_ rows: [DataRow], large: [LargeCaption]) {
    inputs = rows.map(\.input)
    groups = rows.map { SampleGroup.groups(of: $0, regions: [:]) }
    references = rows.map(\.captions)
    self.large = large
    largeQualities = zip(large, rows).map { Self.quality($0.text, $1.captions) }
  }

  /// A small model's captions with what each is worth.
  /// - Parameter captions: [samples]
  package func answers(_ captions: [GeneratedCaption]) -> Answers {
    let replies = indices.map { sample in
      let caption = captions[sample]
      return StageReply(
        confidence: caption.confidence, quality: Self.quality(caption.text, references[sample]),
        agreement: Self.quality(caption.text, [large[sample].text]))
    }
    return Answers(captions: captions, replies: replies)
  }

  /// 1: a captioner's confidence is calibrated by its own card.
  package func temperature(of answers: Answers, on indices: [Int]) -> Float { 1 }

  package func reply(of answers: Answers, to sample: Int, temperature: Float) -> StageReply { answers.replies[sample] }

  package func largeOutcome(_ sample: Int) -> CascadeOutcome {
    CascadeOutcome(quality: largeQualities[sample], asksLarge: true, confidence: large[sample].confidence)
  }

  private static func quality(_ caption: String, _ references: [String]) -> Float {
    Float(SentenceBLEU.quality(of: caption, references: references))
  }
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
