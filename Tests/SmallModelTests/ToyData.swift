import Cascade
@testable import SmallModel

/// Texts of random tokens whose label is told by one of them: token 1 + label.
struct ToyData {
  static let vocabulary = 50
  static let labels = 3

  static func shape(filters: [FilterBank] = [FilterBank(width: 1, count: 8), FilterBank(width: 2, count: 8)]) throws
    -> TextCNNShape
  {
    try TextCNNShape(vocabulary: vocabulary, padding: 0, dimension: 8, filters: filters, labels: labels)
  }

  static func network(seed: UInt64 = 1) throws -> TextCNN {
    try TextCNN(shape: shape(), embeddings: nil, seed: seed)
  }

  static func labelled(_ count: Int, seed: UInt64) -> TrainingSource {
    var generator = SplitMix64(seed: seed)
    let labels = (0..<count).map { $0 % Self.labels }
    let texts = labels.map { label in
      ([Int32(1 + label)]
        + (0..<Int.random(in: 0...6, using: &generator)).map { _ in
          Int32.random(in: 4..<Int32(vocabulary), using: &generator)
        }).shuffled(using: &generator)
    }
    return TrainingSource(texts: TokenizedTexts(texts), targets: .labels(labels))
  }

  static func settings() -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 12
    settings.batchSize = 16
    settings.learningRate = 0.02
    settings.dropout = 0.2
    settings.embeddingDropout = 0.1
    return settings
  }
}
