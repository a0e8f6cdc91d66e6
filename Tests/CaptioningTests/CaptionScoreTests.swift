import Captioning
import Testing

/// Golden figures: `Golden/make.py`.
@Suite struct CaptionScoreTests {
  private let golden: Golden

  init() throws { golden = try Golden.read() }

  private var counts: [BLEUCounts] { golden.pictures.map { BLEUCounts($0.candidate, references: $0.references) } }

  @Test func `BLEU of a corpus is sacrebleu's`() {
    expectClose(BLEU(counts).scores, golden.corpusBLEU)
    for (counts, picture) in zip(counts, golden.pictures) { expectClose(BLEU(counts).scores, picture.bleu) }
  }

  @Test func `counts are summed, not sentences averaged`() {
    let mean = golden.pictures.map { $0.bleu[3] }.reduce(0, +) / Double(golden.pictures.count)
    #expect(abs(BLEU(counts).scores[3] - mean) > 0.01)
    #expect(BLEU(counts) == BLEU(counts[0..<5].reduce(BLEUCounts(), +) + counts[5...].reduce(BLEUCounts(), +)))
  }

  @Test func `smoothed BLEU of a sentence is sacrebleu's, and of a reference 1`() {
    let qualities = golden.pictures.map { SentenceBLEU.quality(of: $0.candidate, references: $0.references) }
    expectClose(qualities, golden.pictures.map(\.sentence))
    #expect(SentenceBLEU.quality(of: "A dog !", references: ["two dogs", "a dog"]) == 1)
  }

  @Test func `CIDEr-D is the paper's`() {
    let cider = CIDErD(references: golden.pictures.map(\.references))
    expectClose(cider.scores(of: golden.pictures.map(\.candidate)), golden.pictures.map(\.ciderD))
  }

  @Test func `nothing to score is 0, not a trap`() {
    #expect(BLEU(BLEUCounts()).mean == 0)
    #expect(BLEUCounts("a dog", references: []).matched == .zero)
    #expect(SentenceBLEU.quality(of: "a dog", references: []) == 0)
    #expect(CIDErD(references: []).score(of: []) == 0)
    #expect(CIDErD(references: [[], ["a dog"]]).scores(of: ["a dog", "a dog"])[0] == 0)
  }

  private func expectClose(_ values: [Double], _ golden: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(values.count == golden.count, sourceLocation: sourceLocation)
    for (value, golden) in zip(values, golden) {
      #expect(abs(value - golden) < 1e-6, "\(value), golden \(golden)", sourceLocation: sourceLocation)
    }
  }
}
