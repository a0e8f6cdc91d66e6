import Testing

@testable import LargeModelFlow

@Suite("Answer key")
struct AnswerKeyTests {
  private func key(
    task: String = "t", text: String = "a text", image: [UInt8]? = nil, candidates: [String] = ["a", "b"],
    probabilities: [String] = [],
    model: String = "m", version: String = "1"
  ) -> AnswerKey {
    AnswerKey(
      task: task, text: text, image: image, candidates: candidates, probabilities: probabilities, model: model,
      promptVersion: version)
  }

  @Test("The same question has the same key, whatever spaces, composition and order")
  func same() {
    #expect(key() == key(text: "  a \n\t text "))
    #expect(key() == key(candidates: ["b", "a"]))
    #expect(key(text: "caf\u{E9}") == key(text: "cafe\u{301}"))
    #expect(key().description.count == 64)
  }

  @Test("Only what can be composed in linear time is")
  func streamSafe() {
    #expect(AnswerKey.isStreamSafe("caf\u{E9} e\u{301}\u{323} " + String(repeating: "e\u{301}", count: 1_000)))
    #expect(AnswerKey.isStreamSafe("e" + String(repeating: "\u{301}", count: 30)))
    #expect(!AnswerKey.isStreamSafe("e" + String(repeating: "\u{1E000}\u{1E94A}", count: 16)))
    let marks = "e" + String(repeating: "\u{1E000}\u{1E94A}", count: 40_000)
    #expect(key(text: marks) == key(text: " \(marks)\n") && key(text: marks) != key(text: marks + "\u{1E000}"))
  }

  @Test("Each part changes the key")
  func different() {
    let keys = [
      key(), key(task: "u"), key(text: "A text"), key(text: "atext"), key(candidates: ["a"]),
      key(candidates: ["a", "b", "c"]), key(probabilities: ["0.500", "0.500"]), key(model: "n"), key(version: "2"),
      key(image: []), key(image: [1]), key(image: [2]),
    ]
    #expect(Set(keys).count == keys.count)
  }

  @Test("Parts do not run together")
  func boundaries() {
    #expect(key(task: "ab", text: "c") != key(task: "a", text: "bc"))
    #expect(key(candidates: ["ab", "c"]) != key(candidates: ["a", "bc"]))
    #expect(key(candidates: ["a", "b"], probabilities: []) != key(candidates: ["a"], probabilities: ["b"]))
  }

  @Test("SHA-256 over the fields with their lengths")
  func golden() {
    #expect(
      key(task: "tâche", text: " x\ny ", candidates: ["é", "a"], probabilities: ["0.5"], model: "gpt", version: "v1")
        .description == "4f9594f1bb34b0d51ea6575e02e59fe25cc0fcbffcf5c6d5d5d7f67ad32ef03c")
  }
}
