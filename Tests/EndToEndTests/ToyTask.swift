import Classification
import Foundation
import LargeModel
import LargeModelWorker
import SmallModel
import Tasks
import Tokenizer

/// A task small enough to train in a test: texts name an apple or a pear, and those that name both are hard.
enum ToyTask {
  static let name = "toy"
  static let labels = ["apple", "pear"]
  private static let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "apple", "pear", "a", "an", "green", "ripe"]

  /// A real small model, trained here; S1 at δ = 0.9.
  static func artifact(version: String = "toy-1", threshold: Double = 0.9) async throws -> SmallModelArtifact {
    let tokenizer = try WordPieceTokenizer(vocabulary: vocabulary)
    var settings = TrainingSettings()
    settings.epochs = 20
    settings.batchSize = 20
    settings.learningRate = 0.02
    settings.heldOutShare = 0
    let shape = try TextCNNShape(
      vocabulary: vocabulary.count, padding: 0, dimension: 8, filters: [FilterBank(width: 1, count: 8)], labels: 2)
    let rows = (0..<200).map { ($0 % 4 == 3 ? hardText : easyText($0), $0 % 4 == 3 ? $0 / 4 % 2 : $0 % 2) }
    let texts = TokenizedTexts(rows.map(\.0), tokenizer: tokenizer, maximum: 64)
    let source = TrainingSource(texts: texts, targets: .labels(rows.map(\.1)))
    let network = try await TextCNN(shape: shape, embeddings: nil, seed: 1)
      .trained(on: [source], settings: settings).network
    let card = ModelCard(
      task: name, version: version, createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: [ModelCard.shuntThreshold: threshold], training: settings)
    return try SmallModelArtifact(
      card: card, network: network, tokenizer: tokenizer,
      tokenCounts: texts.tokenCounts(vocabulary: vocabulary.count))
  }

  static func cascade() async throws -> SmallModelCascade {
    try SmallModelCascade([(.specific, await artifact())])
  }

  static func easyText(_ number: Int) -> String { number % 2 == 0 ? "a ripe apple" : "a green pear" }
  static let hardText = "an apple a pear"

  /// The large model: a recording that says pear to every hard text, and to `others`.
  static func largeModel(answering others: [String] = []) throws -> LargeModelTask {
    let definition = try TaskDefinition(json: #"{"task":{"name":"toy"},"large_model":{"kind":"recorded"}}"#)
    let model = try RecordedAnswers(
      ([hardText] + others).map { RecordedAnswers.Line(id: $0, text: $0, answer: "pear") }, name: "toy",
      labels: labels, accuracy: 0.9)
    return LargeModelTask(labels: LabelIndex(labels), model: model, pruning: definition.pruning)
  }
}
