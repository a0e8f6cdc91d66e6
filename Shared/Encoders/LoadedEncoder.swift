import Foundation
import Tokenizer

/// An encoder in memory, and how a text goes through it. Not `Sendable`: it stays with who owns it.
final class LoadedEncoder {
  /// Names the model: its folder and a checksum of its last layer.
  let version: String
  private let settings: EncoderSettings
  private let configuration: EncoderConfiguration
  private let tokenizer: WordPieceTokenizer
  private let transformer: Transformer
  private let lanes: Lanes<TransformerWorkspace>
  private let maximumTokens: Int
  private let tokenPooling: TokenPooling

  init(contentsOf folder: URL, settings: EncoderSettings, numbers: TransformerNumbers = .best) throws {
    let files = try EncoderFolder(folder)
    let configuration = files.configuration
    let tokenizer = try files.tokenizer()
    guard tokenizer.vocabulary.count <= configuration.vocabSize else {
      throw EncoderError(
        "\(folder.path): vocab.txt has \(tokenizer.vocabulary.count) tokens, the model \(configuration.vocabSize)")
    }
    try settings.check(positions: configuration.positions)
    let weights = try files.weights()
    transformer = try Transformer(weights, configuration, numbers: numbers)
    lanes = try Lanes(threads: settings.threads) { try TransformerWorkspace() }
    let checksum = try weights.checksum(
      of: "encoder.layer.\(configuration.numHiddenLayers - 1).output.dense.weight")
    version =
      "\(folder.lastPathComponent)-\(checksum)\(files.pooling.versionSuffix)\(tokenizer.lowercases ? "" : "-cased")"
    maximumTokens = max(3, min(settings.maximumTokens, files.maximumTokens ?? .max))
    (self.settings, self.configuration, self.tokenizer) = (settings, configuration, tokenizer)
    tokenPooling = files.pooling
  }

  /// An encoder that was trained further; its version says nothing.
  init(_ parts: EncoderParts, settings: EncoderSettings, numbers: TransformerNumbers) throws {
    try settings.check(positions: parts.positions)
    (self.settings, configuration, tokenizer) = (settings, parts.sizes, parts.tokenizer)
    transformer = try Transformer(parts.weights, parts.sizes, numbers: numbers)
    lanes = try Lanes(threads: settings.threads) { try TransformerWorkspace() }
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
    var features = FeatureMatrix(rows: texts.count, columns: try pooling.columns(configuration))
    let batches = TokenBatches.plan(lengths: ranges.map(\.count), budget: settings.tokenBudget)
    try features.withRows { rows in
      try lanes.run(batches.count) { index, workspace in
        let batch = PackedBatch(batches[index].map { ids[ranges[$0]] })
        try pool(batch, pooling, to: batches[index].map { rows[$0] }, on: workspace)
      }
    }
    return EncodedTexts(features: features, tokenCounts: ranges.map(\.count), isTruncated: isTruncated)
  }

  /// - Parameter rows: where each text's features are written.
  private func pool(
    _ batch: PackedBatch, _ pooling: Pooling, to rows: [UnsafeMutableBufferPointer<Float>],
    on workspace: TransformerWorkspace
  ) throws {
    switch pooling {
    case .sentence:
      let last = try transformer.forward(batch, on: workspace) { _ in }
      for (text, row) in rows.enumerated() {
        tokenPooling.pool(last, batch.rows(of: text), to: row)
        row.scaleToLengthOne()
      }
    case .grid: break  // It has no columns: refused before.
    case .allLayers:
      var column = 0
      try transformer.forward(batch, on: workspace) { hidden in
        for part in [TokenPooling.mean, .max] {
          for (text, row) in rows.enumerated() {
            let columns = column..<column + configuration.hiddenSize
            part.pool(hidden, batch.rows(of: text), to: UnsafeMutableBufferPointer(rebasing: row[columns]))
          }
          column += configuration.hiddenSize
        }
      }
    }
  }
}
