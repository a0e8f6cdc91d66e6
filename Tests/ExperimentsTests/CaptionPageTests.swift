import Content
import Datasets
import Evaluation
import Foundation
import Testing

@testable import Experiments

@Suite struct CaptionPageTests {
  private func outcome(asksLarge: Bool, says small: String) -> CaptionScoring.Outcome {
    CaptionScoring.Outcome(
      row: DataRow(
        id: "p<1>", input: Input(image: .data([1, 2, 3], mediaType: "image/jpeg")), captions: ["A \"dog\" & a cat ."]),
      small: .init(text: small, confidence: 0.25, quality: 0.5),
      large: .init(text: "a dog", confidence: nil, quality: 0.75), answer: asksLarge ? "a dog" : small,
      asksLarge: asksLarge)
  }

  @Test func aPageHoldsAllThatItShows() throws {
    let page = CaptionPage(
      title: "flickr8k", threshold: 0.4, pictures: [outcome(asksLarge: true, says: "<script>alert(1)</script>")]
    ).html
    #expect(page.contains("src=\"data:image/jpeg;base64,AQID\""))
    #expect(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"))
    #expect(page.contains("<li>A &quot;dog&quot; &amp; a cat .</li>") && page.contains("p&lt;1&gt;"))
    #expect(page.contains("<span class=\"answer\">a dog</span>") && page.contains("no confidence, quality 0.750"))
    #expect(page.contains("answered by the large model") && page.contains("confidence 0.250, quality 0.500"))
  }

  @Test func whatWasAnsweredAfterDistillationStandsBeside() {
    let answer = DistilledCaption(text: "a <dog>", answeredBy: "learnable", quality: 0.25)
    let page = CaptionPage(
      title: "t", threshold: 0.1, pictures: [outcome(asksLarge: false, says: "a cat")], distilled: ["p<1>": answer]
    ).html
    #expect(page.contains("distilled: a &lt;dog&gt;") && page.contains("the learnable"))
  }

  @Test func theSmallModelsAnswerIsMarked() {
    let page = CaptionPage(title: "t", threshold: 0.1, pictures: [outcome(asksLarge: false, says: "a cat")]).html
    #expect(page.contains("<span class=\"answer\">a cat</span>") && page.contains("answered by the small model"))
  }
}
