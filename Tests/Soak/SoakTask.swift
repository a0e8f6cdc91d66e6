import Foundation
import PracticeServer
import SmallModel
import Tokenizer

/// A task that is trained in a second: its easy texts name one label, its hard ones all, and only the large model knows.
enum SoakTask {
  static let name = "soak"
  static let labels = ["billing", "returns", "shipping"]
  static let hardText = "billing or returns or shipping"
  /// Of three samples one is hard.
  static func isHard(_ number: Int) -> Bool { number % 3 == 2 }
  /// The right answer to a sample.
  static func label(_ number: Int) -> String { labels[number / 3 % labels.count] }
  /// A good sample's text. Of a hard one only the number tells the label.
  static func text(_ number: Int) -> String {
    isHard(number) ? "\(hardText) \(number)" : "\(label(number)) please \(number)"
  }

  /// What stands behind the practice server: it knows what the numbers mean.
  static let model: PracticeServer.Model = { question in
    let number = question.text.split(separator: " ").last.flatMap { Int($0) } ?? 0
    return .distribution([label(number): 1])
  }

  private static let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "or", "please"] + labels

  /// Writes the task's folder: `task.json`, the small model, the samples that the distiller judges by.
  static func write(to folder: URL, endpoint: URL) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(definition(endpoint).utf8).write(to: folder.appending(path: "task.json"))
    try await artifact().write(to: folder.appending(path: "specific.safetensors"))
    let rows = (0..<300).map { number in
      """
      {"id": "h\(number)", "text": "\(text(number))", "label": "\(label(number))", \
      "large_label": "\(label(number))", "large_confidence": 0.9}
      """
    }
    try Data(rows.joined(separator: "\n").utf8).write(to: folder.appending(path: "held-out.jsonl"))
  }

  private static func definition(_ endpoint: URL) -> String {
    """
    {
      "task": { "name": "\(name)" },
      "large_model": {
        "kind": "chat_completions",
        "chat_completions": {
          "endpoints": ["\(endpoint.absoluteString)"], "model": "practice", "concurrency": 32,
          "timeouts": { "silence": "2s", "request": "5s", "answer": "60s" },
          "retry": { "attempts": 10, "base": "20ms", "cap": "1s" },
          "circuit_breaker": { "pause": "1s" }
        }
      }
    }
    """
  }

  private static func artifact() async throws -> SmallModelArtifact {
    let tokenizer = try WordPieceTokenizer(vocabulary: vocabulary)
    var settings = TrainingSettings()
    settings.epochs = 20
    settings.batchSize = 20
    settings.learningRate = 0.02
    settings.heldOutShare = 0
    let shape = try TextCNNShape(
      vocabulary: vocabulary.count, padding: 0, dimension: 8, filters: [FilterBank(width: 1, count: 8)],
      labels: labels.count)
    let rows = (0..<300).map { (text($0), $0 / 3 % labels.count) }
    let texts = TokenizedTexts(rows.map(\.0), tokenizer: tokenizer, maximum: 64)
    let network = try await TextCNN(shape: shape, embeddings: nil, seed: 1)
      .trained(on: [TrainingSource(texts: texts, targets: .labels(rows.map(\.1)))], settings: settings).network
    let card = ModelCard(
      task: name, version: "soak-1", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: [ModelCard.shuntThreshold: 0.8], training: settings)
    return try SmallModelArtifact(
      card: card, network: network, tokenizer: tokenizer,
      tokenCounts: texts.tokenCounts(vocabulary: vocabulary.count))
  }
}
