import Foundation
import Tokenizer

@testable import SmallModel

/// A whole model's file, as small as one can be.
enum SmallModelSeed {
  static let bytes: [UInt8] = {
    do { return try make() } catch { fatalError("the seed's own model cannot be made: \(error)") }
  }()

  private static func weights(_ count: Int) -> [Float] { (0..<count).map { Float($0) / 8 } }

  private static func make() throws -> [UInt8] {
    let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"]
    let shape = try TextCNNShape(
      vocabulary: vocabulary.count, padding: 0, dimension: 2, filters: [FilterBank(width: 1, count: 2)], labels: 2)
    let card = ModelCard(
      task: "t", version: "v", createdAt: Date(timeIntervalSince1970: 0), labels: ["a", "b"],
      thresholds: [ModelCard.shuntThreshold: 0.9], training: TrainingSettings())
    let artifact = try SmallModelArtifact(
      card: card,
      network: TextCNN(
        shape: shape, embedding: [0, 0] + weights(8), filters: [weights(4)], filterBiases: [weights(2)],
        head: weights(shape.labels * shape.features), headBias: weights(2)),
      tokenizer: WordPieceTokenizer(vocabulary: vocabulary), tokenCounts: [1, 1, 1, 1, 1])
    let file = FileManager.default.temporaryDirectory.appending(path: "seed-\(UUID().uuidString).safetensors")
    try artifact.write(to: file)
    let bytes = try Array(Data(contentsOf: file))
    try FileManager.default.removeItem(at: file)
    return bytes
  }
}
