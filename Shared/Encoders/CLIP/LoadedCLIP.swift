import Foundation
import Images
import Tokenizer

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
  private let lanes: Lanes<TransformerWorkspace>
  private var pictures = FeatureCache<PictureKey>()
  private var texts = FeatureCache<String>()

  /// Tokens a batch, as sentence encoders have them.
  private static let tokenBudget = EncoderSettings().tokenBudget

  init(contentsOf folder: URL, threads: Int, numbers: TransformerNumbers = .best) throws {
    guard threads >= 1 else { throw EncoderError("threads: \(threads); at least 1 is needed") }
    configuration = try CLIPConfiguration(contentsOf: folder.appending(path: "config.json"))
    preprocessing = try CLIPPreprocessing(folder: folder, imageSize: configuration.imageSize)
    tokenizer = try CLIPVocabulary(folder).tokenizer(configuration)
    let weights = try EncoderWeights(folder: folder, mark: "vision_model.embeddings.class_embedding", of: "CLIP model")
    imageTower = try CLIPImageTower(weights, configuration, numbers)
    textTower = try CLIPTextTower(weights, configuration, numbers)
    logitScale = exp(try weights.floats("logit_scale", [])[0])
    guard logitScale.isFinite, logitScale > 0 else {
      throw EncoderError(
        "\(folder.path): logit_scale gives \(logitScale), which weighs nothing; the weights are damaged")
    }
    version =
      "\(folder.lastPathComponent)-\(try weights.checksum(of: "visual_projection.weight", "text_projection.weight"))"
    lanes = try Lanes(threads: threads) { try TransformerWorkspace() }
  }

  /// The features of pictures, a row each, of length 1. What was seen lately is not computed again.
  /// - Throws: `CancellationError` between two batches when the task is cancelled.
  func features(of pictures: [Picture]) throws -> FeatureMatrix {
    try self.pictures.features(of: pictures.map(PictureKey.init), columns: configuration.features) { rows in
      let count = max(1, Self.tokenBudget / (1 + configuration.grid * configuration.grid))
      let batches = stride(from: 0, to: rows.count, by: count).map { Array($0..<min($0 + count, rows.count)) }
      return try computed(batches) { batch, outputs, workspace in
        try imageTower.features(pixels(of: batch.map { pictures[rows[$0]] }), to: outputs, on: workspace)
      }
    }
  }

  /// Patch after patch, as the image tower reads them.
  private func pixels(of pictures: [Picture]) -> [Float] {
    var resizer = PictureResizer()
    var pixels: [Float] = []
    pixels.reserveCapacity(pictures.count * preprocessing.side * preprocessing.side * 3)
    for picture in pictures {
      preprocessing.append(
        preprocessing.seen(picture, by: &resizer), patchSize: configuration.patchSize, to: &pixels)
    }
    return pixels
  }

  /// The features of texts, a row each, of length 1; a text is cut where the model's positions end.
  /// - Throws: `CancellationError` between two batches when the task is cancelled.
  func features(of texts: [String]) throws -> FeatureMatrix {
    try self.texts.features(of: texts, columns: configuration.features) { rows in
      let ids = rows.map { row in
        let ids = tokenizer.encode(texts[row], maximum: configuration.positions)
        return ids[...configuration.place(in: ids)]
      }
      let batches = TokenBatches.plan(lengths: ids.map(\.count), budget: Self.tokenBudget)
      return try computed(batches) { batch, outputs, workspace in
        try textTower.features(PackedBatch(batch.map { ids[$0] }), to: outputs, on: workspace)
      }
    }
  }

  /// Batch after batch; `compute` writes a row for each of a batch's places.
  private func computed(
    _ batches: [[Int]], by compute: ([Int], [UnsafeMutableBufferPointer<Float>], TransformerWorkspace) throws -> Void
  ) throws -> FeatureMatrix {
    var features = FeatureMatrix(rows: batches.reduce(0) { $0 + $1.count }, columns: configuration.features)
    try features.withRows { rows in
      try lanes.run(batches.count) { index, workspace in
        try compute(batches[index], batches[index].map { rows[$0] }, workspace)
      }
    }
    return features
  }
}
