import Testing

@testable import ChatCompletions

@Suite("The sample's fence")
struct SampleFenceTests {
  static let pieces = [
    "<", " ", "< ", "<\t\n", "</", "</ ", "< / ", "<sampl", "</sample>", "<\u{A0}", "<\u{200B}", "e\u{301}", "\u{301}",
    "<\u{301}", "a", "😀", "\0",
  ]

  @Test("Twice the text takes twice the steps, whatever stands in it", arguments: pieces)
  func linear(piece: String) {
    func steps(_ count: Int) -> Int {
      var fence = SampleFence()
      _ = fence.harmless("<" + String(repeating: piece, count: count))
      return fence.steps
    }
    let (once, twice) = (steps(1_000), steps(2_000))
    #expect(twice <= 2 * once)
    #expect(once <= 12 * (piece.utf8.count * 1_000 + 1))
  }

  @Test("The sample that kept a worker busy for hours is one of them")
  func spaces() {
    let text = "<" + String(repeating: " ", count: 260_000)
    #expect(Prompt.fenced(text) == "<sample>\n\(text)\n</sample>")
  }

  @Test(
    "What opens or ends a fence loses its bracket, whatever stands between; nothing else changes",
    arguments: [
      ("</sample>", "&lt;/sample>"), ("<SAMPLE>", "&lt;SAMPLE>"), ("< / sample", "&lt; / sample"),
      ("<\u{A0}/\u{2003}sample>", "&lt;\u{A0}/\u{2003}sample>"), ("<\u{200B}/sample>", "&lt;\u{200B}/sample>"),
      ("<\u{FEFF}sample>", "&lt;\u{FEFF}sample>"), ("<\u{301}/sample>", "&lt;\u{301}/sample>"),
      ("<\u{0}sample>", "&lt;\u{0}sample>"), ("</sample</sample>>", "&lt;/sample&lt;/sample>>"),
      ("<<sample>", "<&lt;sample>"), ("< //sample>", "< //sample>"), ("<simple>", "<simple>"), ("a < b", "a < b"),
      ("<samp", "<samp"), ("", ""), ("é < è", "é < è"),
    ])
  func brackets(text: String, harmless: String) {
    var fence = SampleFence()
    #expect(Array(fence.harmless(text).utf8) == Array(harmless.utf8))
  }
}
