import Foundation
import Images
import Tokenizer
import Torch

/// A CLIP model in memory, and how a picture and a text go through it. Not `Sendable`: it stays with who owns it.
final class LoadedCLIP {
  /// Names the model: its folder and a checksum of its projections.
  let version: String
  /// What the cosine of a picture and a text is multiplied with.
  let logitScale: Float
  private let configuration: CLIPConfiguration
  private let preprocessing: CLIPPreprocessing
  private let tokenizer: BytePairTokenizer
  private let textTower: CLIPTextTower
  private let imageTower: CLIPImageTower
  private let threads: Int
  private var resizer = PictureResizer()
  private var pictures = FeatureCache<PictureKey>()
  private var texts = FeatureCache<String>()

  /// Tokens a batch, as sentence encoders have them.
  private static let tokenBudget = EncoderSettings().tokenBudget

  init(contentsOf folder: URL, threads: Int) throws {
    guard threads >= 1 else { throw EncoderError("threads: \(threads); at least 1 is needed") }
    configuration = try CLIPConfiguration(contentsOf: folder.appending(path: "config.json"))
    preprocessing = try CLIPPreprocessing(folder: folder, imageSize: configuration.imageSize)
    tokenizer = try CLIPVocabulary(folder).tokenizer(configuration)
    let weights = try EncoderWeights(folder: folder, mark: "vision_model.embeddings.class_embedding", of: "CLIP model")
    imageTower = try CLIPImageTower(weights, configuration)
    textTower = try CLIPTextTower(weights, configuration)
    logitScale = exp(try weights.tensor("logit_scale", []).item())
    guard logitScale.isFinite, logitScale > 0 else {
      throw EncoderError(
        "\(folder.path): logit_scale gives \(logitScale), which weighs nothing; the weights are damaged")
    }
    version =
      "\(folder.lastPathComponent)-\(try weights.checksum(of: "visual_projection.weight", "text_projection.weight"))"
    self.threads = threads
  }

  /// The features of pictures, a row each, of length 1. What was seen lately is not computed again.
  /// - Throws: `CancellationError` between two batches when the task is cancelled.
  func features(of pictures: [Picture]) throws -> FeatureMatrix {
    try self.pictures.features(of: pictures.map(PictureKey.init), columns: configuration.features) { rows in
      let tokens = 1 + configuration.grid * configuration.grid
      let count = max(1, Self.tokenBudget / tokens)
      return try computed(stride(from: 0, to: rows.count, by: count).map { Array($0..<min($0 + count, rows.count)) }) {
        batch in
        var pixels: [Float] = []
        pixels.reserveCapacity(batch.count * preprocessing.side * preprocessing.side * 3)
        for place in batch {
          let seen = preprocessing.seen(pictures[rows[place]], by: &resizer)
          preprocessing.append(seen, patchSize: configuration.patchSize, to: &pixels)
        }
        return try imageTower.features(pixels, pictures: batch.count)
      }
    }
  }

  /// The features of texts, a row each, of length 1; a text is cut where the model's positions end.
  /// - Throws: `CancellationError` between two batches when the task is cancelled.
  func features(of texts: [String]) throws -> FeatureMatrix {
    try self.texts.features(of: texts, columns: configuration.features) { rows in
      let ids = rows.map { row in
        let ids = tokenizer.encode(texts[row], maximum: configuration.positions)
        return ids[...configuration.place(in: ids)]
      }
      return try computed(TokenBatches.plan(lengths: ids.map(\.count), budget: Self.tokenBudget)) { batch in
        try textTower.features(PackedBatch(batch.map { ids[$0] }, filler: tokenizer.end))
      }
    }
  }

  /// Batch after batch; `compute` gives a row for each of a batch's places, and may give more.
  private func computed(_ batches: [[Int]], by compute: ([Int]) throws -> Tensor) throws -> FeatureMatrix {
    let columns = configuration.features
    var features = FeatureMatrix(rows: batches.reduce(0) { $0 + $1.count }, columns: columns)
    try withThreads(threads) {
      for batch in batches {
        try Task.checkCancellation()
        let values = try withoutGradient { () throws in try compute(batch).floats() }
        for (row, place) in batch.enumerated() {
          features.replace(place, with: values[row * columns..<(row + 1) * columns])
        }
      }
    }
    return features
  }
}
