import Content
import Foundation
import PracticeServer
import SmallModel
import Tokenizer

/// Texts: easy ones name one label, hard ones all.
struct SoakTexts: SoakSamples {
  static let hardText = "billing or returns or shipping"
  private static let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "or", "please"] + SoakTask.labels

  var reads: Input.Kind { .text }
  var oddMessages: [OddMessage] { OddMessage.all }

  /// It knows what the numbers mean.
  var model: PracticeServer.Model {
    { question in
      let number = question.text.split(separator: " ").last.flatMap { Int($0) } ?? 0
      return .distribution([SoakTask.label(number): 1])
    }
  }

  /// Of a hard one only the number tells the label.
  static func text(_ number: Int) -> String {
    SoakTask.isHard(number) ? "\(hardText) \(number)" : "\(SoakTask.label(number)) please \(number)"
  }

  func makeInput(_ number: Int) -> Input { .text(Self.text(number)) }

  /// Trained in a second.
  func artifact() async throws -> SmallModelArtifact {
    let tokenizer = try WordPieceTokenizer(vocabulary: Self.vocabulary)
    var settings = TrainingSettings()
    settings.epochs = 20
    settings.batchSize = 20
    settings.learningRate = 0.02
    settings.heldOutShare = 0
    let shape = try TextCNNShape(
      vocabulary: Self.vocabulary.count, padding: 0, dimension: 8, filters: [FilterBank(width: 1, count: 8)],
      labels: SoakTask.labels.count)
    let texts = TokenizedTexts(SoakTask.training.map(Self.text), tokenizer: tokenizer, maximum: 64)
    let targets = SoakTask.training.map(SoakTask.labelIndex)
    let network = try await TextCNN(shape: shape, embeddings: nil, seed: 1)
      .trained(on: [TrainingSource(texts: texts, targets: .labels(targets))], settings: settings).network
    return try SmallModelArtifact(
      card: SoakTask.card(settings), network: network, tokenizer: tokenizer,
      tokenCounts: texts.tokenCounts(vocabulary: Self.vocabulary.count))
  }
}
