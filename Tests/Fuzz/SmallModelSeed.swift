import Foundation
import Tokenizer

@testable import SmallModel

/// Whole models' files, as small as they can be.
enum SmallModelSeed {
  /// One of each architecture that can be read without its encoder.
  static let all: [[UInt8]] = {
    do { return [try bytes(of: textCNN()), try bytes(of: resNet()), try bytes(of: captioner())] } catch {
      fatalError("the seeds' own models cannot be made: \(error)")
    }
  }()

  private static func weights(_ count: Int) -> [Float] { (0..<count).map { Float($0) / 8 } }

  private static let card = ModelCard(
    task: "t", version: "v", createdAt: Date(timeIntervalSince1970: 0), labels: ["a", "b"],
    thresholds: [ModelCard.shuntThreshold: 0.9], training: TrainingSettings())

  private static func textCNN() throws -> SmallModelArtifact {
    let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"]
    let shape = try TextCNNShape(
      vocabulary: vocabulary.count, padding: 0, dimension: 2, filters: [FilterBank(width: 1, count: 2)], labels: 2)
    return try SmallModelArtifact(
      card: card,
      network: TextCNN(
        shape: shape, embedding: [0, 0] + weights(8), filters: [weights(4)], filterBiases: [weights(2)],
        head: weights(shape.labels * shape.features), headBias: weights(2)),
      tokenizer: WordPieceTokenizer(vocabulary: vocabulary), tokenCounts: [1, 1, 1, 1, 1])
  }

  private static func resNet() throws -> SmallModelArtifact {
    let shape = try ResNetShape(blocks: 1, labels: 2)
    let network = ResNet(shape: shape, mean: [127, 127, 127], deviation: [64, 64, 64], seed: 1)
    let steps = shape.convolutions.map { _ in Float(0.05) }
    return try SmallModelArtifact(card: card, network: StoredResNet(weights: network, steps: steps))
  }

  private static func captioner() throws -> CaptionerArtifact {
    let vocabulary = try CaptionVocabulary(words: ["a", "picture", "of"])
    let shape = LSTMDecoderShape(vocabulary: vocabulary.count, places: 1, channels: 1, hidden: 16)
    var (card, search) = (card, CaptionSearch())
    (card.labels, search.width) = ([], 2)
    return try CaptionerArtifact(
      card: card,
      network: StoredCaptioner(
        encoder: "e", encoderVersion: "e-1", vocabulary: vocabulary, shape: shape,
        weights: shape.parameters.map { weights($0.shape.reduce(1, *)) }, search: search))
  }

  private static func bytes(of artifact: SmallModelArtifact) throws -> [UInt8] { Array(try artifact.encoded()) }
  private static func bytes(of artifact: CaptionerArtifact) throws -> [UInt8] { Array(try artifact.encoded()) }
}
