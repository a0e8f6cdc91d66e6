import Cascade
import Datasets

extension CaptionScoring {
  /// The figures of one cascade.
  public struct Figures: Sendable {
    /// S1 alone.
    public let small: CaptionFigures
    /// The large model alone.
    public let large: CaptionFigures
    /// The large model with S1's caption in view, about every picture, where it was asked both ways; where it was asked
    /// that way only, `large` is that.
    public let prompted: CaptionFigures?
    /// All, shunted.
    public let shunt: CaptionFigures
    /// How well S1's confidence ranks.
    public let confidence: ConfidenceFigures
  }

  /// What becomes of one picture.
  public struct Outcome: Sendable {
    /// The picture.
    public let row: DataRow
    /// What S1 says, and the large model.
    public let small, large: Caption
    /// The caption that is the answer.
    public let answer: String
    /// Whether the large model gave it.
    public let asksLarge: Bool

    /// What becomes of a picture.
    public init(row: DataRow, small: Caption, large: Caption, answer: String, asksLarge: Bool) {
      (self.row, self.small, self.large) = (row, small, large)
      (self.answer, self.asksLarge) = (answer, asksLarge)
    }

    /// One model's caption.
    public struct Caption: Sendable {
      /// Its words.
      public let text: String
      /// 0 to 1; `nil` where it gave none.
      public let confidence: Float?
      /// Sentence BLEU, 0 to 1.
      public let quality: Float

      /// A caption with what is known of it.
      public init(text: String, confidence: Float?, quality: Float) {
        (self.text, self.confidence, self.quality) = (text, confidence, quality)
      }
    }
  }

  /// What becomes of each picture, at the thresholds of the cards.
  /// - Throws: `SmallModelError` where a card has no threshold.
  public func outcomes(_ answers: Answers) throws -> [Outcome] {
    let samples = answers.samples
    let decisions = samples.decisions(samples.indices, by: try fitted(answers))
    return samples.indices.map { sample in
      let (small, large) = (answers.small[0].captions[sample], samples.large[sample])
      var (answer, asksLarge) = (large.text, true)
      if case .easy(let stage, _) = decisions[sample] {
        (answer, asksLarge) = (answers.small[stage].captions[sample].text, false)
      }
      return Outcome(
        row: answers.rows[sample],
        small: Outcome.Caption(
          text: small.text, confidence: small.confidence,
          quality: samples.reply(of: answers.small[0], to: sample, temperature: 1).quality),
        large: Outcome.Caption(
          text: large.text, confidence: large.confidence, quality: samples.largeOutcome(sample).quality),
        answer: answer, asksLarge: asksLarge)
    }
  }

  /// Scores answers at the thresholds of the cards.
  /// - Throws: `SmallModelError` where a card has no threshold.
  public func figures(_ answers: Answers) throws -> Figures {
    let outcomes = try outcomes(answers)
    let references = outcomes.map(\.row.captions)
    func figures(_ captions: [String], _ asksLarge: [Bool]) -> CaptionFigures {
      CaptionFigures(captions, references: references, asksLarge: asksLarge)
    }
    let asked = figures(outcomes.map(\.large.text), outcomes.map { _ in true })
    let alone = answers.alone.map { figures($0, $0.map { _ in true }) }
    return Figures(
      small: figures(outcomes.map(\.small.text), outcomes.map { _ in false }),
      large: alone ?? asked, prompted: alone == nil ? nil : asked,
      shunt: figures(outcomes.map(\.answer), outcomes.map(\.asksLarge)),
      confidence: ConfidenceFigures(
        confidences: outcomes.map { $0.small.confidence ?? 0 }, qualities: outcomes.map(\.small.quality),
        largeQualities: outcomes.map(\.large.quality)))
  }

  /// The shunt at every threshold of S1, the other captioners as their cards have them.
  /// - Throws: `SmallModelError` where a card has no threshold.
  public func curve(_ answers: Answers) throws -> ThresholdCurve {
    CascadeCalibration(samples: answers.samples, rule: .bestAccuracy).fit(
      open(answers)[0], between: [], and: Array(try fitted(answers).dropFirst()), on: answers.samples.indices
    ).curve
  }
}
