import Captioning
import Testing

/// Golden figures: `Golden/make.py`.
@Suite struct CaptionTokensTests {
  @Test(arguments: try Golden.read().tokens) func `words are those of the COCO evaluation's tokenizer`(
    _ golden: Golden.Tokens
  ) {
    #expect(CaptionTokens.tokens(of: golden.text) == golden.tokens)
  }

  @Test func `what is not seen is no word`() {
    #expect(CaptionTokens.tokens(of: "") == [])
    #expect(CaptionTokens.tokens(of: " .\n,\u{200B}\u{FE0F}😀 ") == [])
    #expect(CaptionTokens.tokens(of: "cafe\u{301}") == ["café"])
    #expect(CaptionTokens.tokens(of: "'") == [] && CaptionTokens.tokens(of: "n't '") == ["n't"])
  }
}
