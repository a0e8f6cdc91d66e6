import Foundation
import Testing

@testable import SmallModel

/// The search alone, on steps that a table gives.
@Suite struct CaptionSearchTests {
  private func search(_ width: Int, lengthExponent: Double = 1, longest: Int = 20) -> CaptionSearch {
    var search = CaptionSearch()
    (search.width, search.lengthExponent, search.longest) = (width, lengthExponent, longest)
    return search
  }

  /// Of each tokens so far what may follow, the most probable first.
  private typealias Table = [[Int32]: [(token: Int32, probability: Float)]]

  /// A greedy choice of 2 leads to nothing; 3 leads to a caption of 0.36.
  private static let table: Table = [
    []: [(2, 0.5), (3, 0.4), (0, 0.1)], [2]: [(2, 0.3), (3, 0.3), (0, 0.3)], [3]: [(0, 0.9), (2, 0.05), (3, 0.05)],
    [2, 2]: [(0, 1), (2, 0), (3, 0)], [2, 3]: [(0, 1), (2, 0), (3, 0)],
  ]

  private func found(_ search: CaptionSearch) -> CaptionHypothesis { ranked(search)[0] }

  private func ranked(_ search: CaptionSearch) -> [CaptionHypothesis] {
    var beams = BeamSearch(search, pictures: 1)
    while !beams.open.isEmpty {
      let choices = beams.open.flatMap {
        Array((Self.table[$0.tokens] ?? [(0, 1), (2, 0), (3, 0)]).prefix(beams.choices))
      }
      beams.advance(
        DecoderChoices(
          count: beams.choices, tokens: choices.map(\.token), logProbabilities: choices.map { log($0.probability) }))
    }
    return beams.ranked()[0]
  }

  @Test func oneHypothesisTakesTheMostProbableTokenEachTime() {
    let caption = found(search(1))
    #expect(caption.tokens == [2, 3] || caption.tokens == [2, 2])
    #expect(caption.isEnded && caption.steps == 3)
    #expect(abs(caption.meanLogProbability - log(0.15) / 3) < 1e-6)
  }

  @Test func twoFindTheMoreProbableCaption() {
    let caption = found(search(2, lengthExponent: 0))
    #expect(caption.tokens == [3])
    #expect(abs(caption.logProbability - log(0.36)) < 1e-6)
  }

  @Test func theCaptionsThatEndedAreRankedByTheirScores() {
    let (found, search) = (ranked(search(2)), search(2))
    #expect(found.map(\.tokens) == [[3], [2]])
    #expect(abs(search.score(found[0]) - log(0.36) / 2) < 1e-6 && abs(search.score(found[1]) - log(0.15) / 2) < 1e-6)
    #expect(ranked(self.search(1)).count == 1)
  }

  @Test func aCaptionAsLongAsAllowedIsCutOff() {
    let caption = found(search(1, longest: 1))
    #expect(caption.tokens == [2] && !caption.isEnded && caption.steps == 1)
  }

  @Test func theVocabularyIsWhatCaptionsSayOftenEnough() throws {
    let vocabulary = try CaptionVocabulary(
      captions: ["A man's dog .", "a well-fed DOG, a cat", "-- A Dog' 2 "], minimumCount: 2)
    #expect(vocabulary.words == ["a", "dog"])
    #expect(CaptionVocabulary.words(of: "-- 'A well-fed man's Dog' 2 .") == ["a", "well-fed", "man's", "dog", "2"])
    #expect(vocabulary.tokens(of: "The dog .", maximum: 9) == [CaptionVocabulary.unknown, 3])
    #expect(vocabulary.tokens(of: "A dog , a dog", maximum: 3) == [2, 3, 2])
    #expect(vocabulary.text([2, 3, 99, 1]) == "a dog")
    for words in [["a", "a"], ["A"], ["two words"], [""], ["line\nbreak"]] {
      #expect(throws: SmallModelError.self) { try CaptionVocabulary(words: words) }
    }
  }
}
