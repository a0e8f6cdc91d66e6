import LargeModel
import SmallModel
import Testing

@testable import Tasks

/// Which of a captioner's own captions is taken where the small model has said one.
@Suite struct SuggestedCaptionTests {
  private static let candidates = [
    ("a dog runs on the grass", -1.00), ("a brown dog runs through a field", -1.10), ("two dogs play", -1.30),
  ].map { text, score in
    CaptionCandidate(
      caption: GeneratedCaption(text: text, meanLogProbability: -1, tokens: 2, calibration: nil), score: score)
  }

  private func choice(_ weight: Double, _ suggestion: String, confidence: Float) -> String {
    SuggestedCaption(weight: weight)
      .choice(of: Self.candidates, LargeModelRequest.Suggestion(caption: suggestion, confidence: confidence)).text
  }

  /// Values by a few lines of numpy, sentence BLEU with "a brown dog runs in a field" for the reference: 0.3242, 0.7263 and
  /// 0. So the second caption overtakes the first where weight · confidence is above 0.1 ÷ (0.7263 − 0.3242) = 0.2487.
  @Test func aCandidateGainsByItsLikenessToTheSuggestion() {
    let suggestion = "a brown dog runs in a field"
    #expect(choice(1, suggestion, confidence: 0.248) == "a dog runs on the grass")
    #expect(choice(1, suggestion, confidence: 0.25) == "a brown dog runs through a field")
    #expect(choice(2, suggestion, confidence: 0.125) == "a brown dog runs through a field")
    #expect(choice(0, suggestion, confidence: 1) == "a dog runs on the grass")
  }

  @Test func theSuggestionItselfIsNoCandidate() {
    let texts = Self.candidates.map(\.caption.text)
    #expect(texts.contains(choice(100, "a cat sleeps", confidence: 1)))
    #expect(choice(100, "a cat sleeps", confidence: 0) == texts[0])
  }

  @Test func withoutASuggestionItIsTheBestOfTheSearch() {
    let suggested = SuggestedCaption(weight: 5)
    #expect(suggested.choice(of: Self.candidates, nil).text == "a dog runs on the grass")
  }
}
