import Foundation
import Tokenizer
import Torch

/// An encoder in memory, and how a text goes through it. Not `Sendable`: it stays with who owns it.
final class LoadedEncoder {
  /// Names the model: its folder and a checksum of its last layer.
  let version: String
  private let settings: EncoderSettings
  private let configuration: EncoderConfiguration
  private let tokenizer: WordPieceTokenizer
  private let transformer: Transformer
  private let maximumTokens: Int
  private let tokenPooling: TokenPooling

  init(contentsOf folder: URL, settings: EncoderSettings) throws {
    let files = try EncoderFolder(folder)
    let configuration = files.configuration
    let tokenizer = try files.tokenizer()
    guard tokenizer.vocabulary.count <= configuration.vocabSize else {
      throw EncoderError(
        "\(folder.path): vocab.txt has \(tokenizer.vocabulary.count) tokens, the model \(configuration.vocabSize)")
    }
    try settings.check(positions: configuration.maxPositionEmbeddings)
    let weights = try files.weights()
    transformer = try Transformer(weights, configuration)
    let checksum = try weights.checksum(
      of: "encoder.layer.\(configuration.numHiddenLayers - 1).output.dense.weight")
    version =
      "\(folder.lastPathComponent)-\(checksum)\(files.pooling.versionSuffix)\(tokenizer.lowercases ? "" : "-cased")"
    maximumTokens = max(3, min(settings.maximumTokens, files.maximumTokens ?? .max))
    (self.settings, self.configuration, self.tokenizer) = (settings, configuration, tokenizer)
    tokenPooling = files.pooling
  }

  /// An encoder that was trained further; its version says nothing.
  init(_ parts: EncoderParts, settings: EncoderSettings) throws {
    try settings.check(positions: parts.positions)
    (self.settings, configuration, tokenizer) = (settings, parts.sizes, parts.tokenizer)
    transformer = try Transformer(parts.weights, parts.sizes)
    (version, maximumTokens, tokenPooling) = ("", settings.maximumTokens, .mean)
  }

  /// Features of texts; batches are formed inside.
  /// - Throws: `CancellationError` between two batches when the task is cancelled.
  func encode(_ texts: [String], pooling: Pooling) throws -> EncodedTexts {
    var ids: [Int32] = []
    var ranges: [Range<Int>] = []
    var isTruncated: [Bool] = []
    for text in texts {
      let start = ids.count
      isTruncated.append(tokenizer.append(text, to: &ids, maximum: maximumTokens))
      ranges.append(start..<ids.count)
    }
    var features = FeatureMatrix(rows: texts.count, columns: pooling.columns(configuration))
    try withThreads(settings.threads) {
      for batch in TokenBatches.plan(lengths: ranges.map(\.count), budget: settings.tokenBudget) {
        try Task.checkCancellation()
        let packed = try PackedBatch(batch.map { ids[ranges[$0]] }, filler: tokenizer.padding)
        try store(withoutGradient { () throws in try pool(packed, pooling) }.floats(), of: batch, in: &features)
      }
    }
    return EncodedTexts(features: features, tokenCounts: ranges.map(\.count), isTruncated: isTruncated)
  }

  /// [batch, features].
  private func pool(_ batch: PackedBatch, _ pooling: Pooling) throws -> Tensor {
    switch pooling {
    case .sentence:
      var last: Tensor = batch.ids
      try transformer.forward(batch) { last = $0 }
      return try pool(last, batch).scaledToLengthOne()
    case .allLayers:
      var parts: [Tensor] = []
      try transformer.forward(batch) { hidden in
        parts.append(try hidden.packedMean(ends: batch.ends))
        parts.append(try hidden.packedMaximum(ends: batch.ends))
      }
      return try Tensor.concatenated(parts, -1)
    }
  }

  /// [tokens, hidden] to [batch, hidden].
  private func pool(_ hidden: Tensor, _ batch: PackedBatch) throws -> Tensor {
    switch tokenPooling {
    case .mean: try hidden.packedMean(ends: batch.ends)
    case .cls: try hidden.selected(0, batch.starts)
    case .max: try hidden.packedMaximum(ends: batch.ends)
    }
  }

  private func store(_ values: [Float], of batch: [Int], in features: inout FeatureMatrix) {
    let columns = features.columns
    for (row, text) in batch.enumerated() {
      features.values.replaceSubrange(
        text * columns..<(text + 1) * columns, with: values[row * columns..<(row + 1) * columns])
    }
  }
}
