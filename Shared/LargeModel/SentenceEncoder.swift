import Concurrency
import Foundation
import Safetensors
import Tokenizer
import Torch

/// A BERT-type sentence encoder, such as all-MiniLM-L6-v2, run on libtorch from a Hugging Face folder.
///
/// Its vectors are those of sentence-transformers (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084).
/// All computing is on one thread of its own, and on as many of libtorch's as the settings allow.
public actor SentenceEncoder {
  /// How an encoder computes; none of it changes what a text's vector is, but `maximumTokens`.
  public struct Settings: Sendable, Equatable {
    /// Threads of libtorch's operations, from 1.
    public var threads: Int
    /// Tokens a text, `[CLS]` and `[SEP]` counted; longer texts are cut.
    public var maximumTokens: Int
    /// Tokens a batch.
    public var tokenBudget: Int

    /// The defaults suit a core; the cut is the model's own.
    public init(threads: Int = 1, maximumTokens: Int = 256, tokenBudget: Int = 1024) {
      self.threads = threads
      self.maximumTokens = maximumTokens
      self.tokenBudget = tokenBudget
    }
  }

  /// Texts as numbers.
  public struct Encoding: Sendable {
    /// A row a text, in the texts' order.
    public var features: FeatureMatrix
    /// Tokens of each text, `[CLS]` and `[SEP]` counted.
    public var tokenCounts: [Int]
    /// Whether a text was longer than the settings allow.
    public var isTruncated: [Bool]
  }

  /// Names the model: its folder and a checksum of its last layer.
  public nonisolated let version: String
  private nonisolated let thread = DedicatedThread(name: "encoder")
  private let settings: Settings
  private let configuration: EncoderConfiguration
  private let tokenizer: WordPieceTokenizer
  private let transformer: Transformer
  private let maximumTokens: Int
  private let tokenPooling: TokenPooling

  /// The encoder's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Reads a folder as Hugging Face and sentence-transformers lay it out: `config.json`, the vocabulary, safetensors,
  /// and where they are there `modules.json`, `1_Pooling` and `sentence_bert_config.json`, whose `max_seq_length` bounds
  /// the settings' `maximumTokens`.
  ///
  /// Throws what names the file and its fault where one is missing, damaged, or of another kind of model.
  public init(contentsOf folder: URL, settings: Settings = Settings()) throws {
    let files = try EncoderFolder(folder)
    let configuration = files.configuration
    let tokenizer = try files.tokenizer()
    guard tokenizer.vocabulary.count <= configuration.vocabSize else {
      throw LargeModelError(
        .badModel,
        "\(folder.path): vocab.txt has \(tokenizer.vocabulary.count) tokens, the model \(configuration.vocabSize)")
    }
    try settings.check(positions: configuration.maxPositionEmbeddings)
    let weights = try files.weights()
    transformer = try Transformer(weights, configuration)
    let checksum = try weights.checksum(layers: configuration.numHiddenLayers)
    version = "\(folder.lastPathComponent)-\(checksum)\(files.pooling.versionSuffix)"
    maximumTokens = max(3, min(settings.maximumTokens, files.maximumTokens ?? .max))
    (self.settings, self.configuration, self.tokenizer) = (settings, configuration, tokenizer)
    tokenPooling = files.pooling
  }

  /// The vocabulary of an encoder's folder.
  /// - Throws: `LargeModelError`, `TokenizerError` naming the file and its fault.
  public static func tokenizer(of folder: URL) throws -> WordPieceTokenizer { try EncoderFolder(folder).tokenizer() }

  /// Features of texts; batches are formed inside, so hand in many.
  ///
  /// Throws `CancellationError` between two batches when the task is cancelled.
  public func encode(_ texts: [String], pooling: Pooling = .sentence) throws -> Encoding {
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
    return Encoding(features: features, tokenCounts: ranges.map(\.count), isTruncated: isTruncated)
  }

  /// [batch, features].
  private func pool(_ batch: PackedBatch, _ pooling: Pooling) throws -> Tensor {
    switch pooling {
    case .sentence:
      var last: Tensor = batch.ids
      try transformer.forward(batch) { last = $0 }
      let pooled = try pool(last, batch)
      return try pooled / (pooled * pooled).sum(-1, keep: true).squareRoot().clamped(minimum: 1e-12)
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

extension SentenceEncoder.Settings {
  fileprivate func check(positions: Int) throws {
    guard threads >= 1 else { throw LargeModelError(.badRequest, "threads: \(threads); at least 1 is needed") }
    guard (3...positions).contains(maximumTokens) else {
      throw LargeModelError(.badRequest, "maximumTokens: \(maximumTokens); the model reads 3 to \(positions)")
    }
    guard tokenBudget >= 1 else {
      throw LargeModelError(.badRequest, "tokenBudget: \(tokenBudget); at least 1 is needed")
    }
  }
}
