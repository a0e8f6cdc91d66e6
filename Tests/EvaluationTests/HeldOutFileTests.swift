import Content
import Evaluation
import Foundation
import Testing

@Suite struct HeldOutFileTests {
  private func withFile(_ text: String, _ body: (URL) throws -> Void) throws {
    let url = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    try Data(text.utf8).write(to: url)
    try body(url)
    try FileManager.default.removeItem(at: url)
  }

  /// 2 × 2 red pixels.
  private static let picture = Array(
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg=="
    ) ?? Data())

  @Test func readsWhatItWrites() throws {
    let rows = [
      HeldOutRow(
        id: "q", input: .text("a \"quoted\"\nline"), label: "a", category: "c", region: "tail", largeLabel: "b",
        largeConfidence: 0.25),
      HeldOutRow(
        id: "unsure", input: Input(text: "a line", image: .data(Self.picture, mediaType: "image/png")), label: "a",
        largeLabel: "b", largeConfidence: nil),
    ]
    try withFile("") { url in
      try HeldOutFile.write(rows, to: url)
      #expect(try HeldOutFile.rows(of: url) == rows)
      // As other programs may have left it.
      let text =
        "\u{feff}" + String(decoding: try Data(contentsOf: url), as: UTF8.self).replacing("\n", with: "\r\n\r\n")
      try Data(text.utf8).write(to: url)
      #expect(try HeldOutFile.rows(of: url) == rows)
    }
  }

  @Test(arguments: [
    (#"{"id": "1", "text": "t", "label": "a", "large_label": "b", "large_confidence": ""}"#, "large_confidence"),
    (#"{"id": "1", "text": "t", "label": "a", "large_label": "b", "large_confidence": 2}"#, "from 0 to 1"),
    (#"{"id": "1", "text": "t", "large_label": "b", "large_confidence": 1}"#, "label"), ("[1]", "object"),
    (#"{"id": "1", "label": "a", "large_label": "b"}"#, "field \"text\" is missing"),
    (#"{"id": "1", "image": 7, "label": "a", "large_label": "b"}"#, "an object with \"data\" or \"url\""),
    (#"{"id": "1", "image": {"data": "?"}, "label": "a", "large_label": "b"}"#, "field \"image.data\" is not base64"),
    (#"{"id": "1", "image": {"url": "https://a.b/c"}, "label": "a", "large_label": "b"}"#, "is a reference"),
    (#"{"id": "1", "image": "nowhere.png", "label": "a", "large_label": "b"}"#, "nowhere.png, which cannot be read"),
  ]) func namesWhatIsWrong(line: String, word: String) throws {
    try withFile("\n\(line)\n") { url in
      let error = try #require(throws: EvaluationError.self) { try HeldOutFile.rows(of: url) }
      #expect(error.description.contains(word) && error.description.contains("line 2"))
    }
  }

  @Test func namesAFileThatIsMissing() throws {
    let error = try #require(throws: EvaluationError.self) { try HeldOutFile.rows(of: URL(filePath: "/nowhere.jsonl")) }
    #expect(error.description.contains("/nowhere.jsonl") && error.description.contains("shunt calibrate"))
  }
}
