import Concurrency
import Foundation
import Synchronization
import Tokenizer

/// A sentence encoder, BERT or MPNet, such as all-MiniLM-L6-v2 and all-mpnet-base-v2, from a Hugging Face folder.
///
/// Its vectors are those of sentence-transformers (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084).
/// Callers wait on one thread of its own; batches are computed on as many as the settings allow.
public actor SentenceEncoder {
  /// Names the model: its folder and a checksum of its last layer.
  public nonisolated let version: String
  private nonisolated let thread = DedicatedThread(name: "encoder")
  private let encoder: LoadedEncoder

  /// The encoder's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Reads a folder as Hugging Face and sentence-transformers lay it out: `config.json`, the vocabulary, safetensors,
  /// and where they are there `modules.json`, `1_Pooling` and `sentence_bert_config.json`, whose `max_seq_length` bounds
  /// the settings' `maximumTokens`.
  ///
  /// Throws what names the file and its fault where one is missing, damaged, or of another kind of model.
  public init(contentsOf folder: URL, settings: EncoderSettings = EncoderSettings()) throws {
    encoder = try LoadedEncoder(contentsOf: folder, settings: settings)
    version = encoder.version
  }

  /// The vocabulary of an encoder's folder.
  /// - Throws: `EncoderError`, `TokenizerError` naming the file and its fault.
  public static func tokenizer(of folder: URL) throws -> WordPieceTokenizer { try EncoderFolder(folder).tokenizer() }

  /// Features of texts; batches are formed inside, so hand in many.
  ///
  /// Throws `CancellationError` between two batches when the task is cancelled.
  public func encode(_ texts: [String], pooling: Pooling = .sentence) throws -> EncodedTexts {
    try encoder.encode(texts, pooling: pooling)
  }
}

/// An encoder that blocks the caller's thread while it computes, for who has a thread of its own to wait on: one caller at
/// a time, the others wait.
public final class BlockingEncoder: Sendable {
  /// Names the model: its folder and a checksum of its last layer.
  public let version: String
  private let encoder: Mutex<LoadedEncoder>

  /// As `SentenceEncoder`.
  public init(contentsOf folder: URL, settings: EncoderSettings = EncoderSettings()) throws {
    let loaded = try LoadedEncoder(contentsOf: folder, settings: settings)
    version = loaded.version
    encoder = Mutex(loaded)
  }

  /// An encoder that was trained further: its version is that of the model which keeps its weights.
  public convenience init(_ parts: EncoderParts, settings: EncoderSettings) throws {
    try self.init(parts, settings: settings, numbers: .best)
  }

  /// The same, its products of other numbers.
  package init(_ parts: EncoderParts, settings: EncoderSettings, numbers: TransformerNumbers) throws {
    let loaded = try LoadedEncoder(parts, settings: settings, numbers: numbers)
    version = loaded.version
    encoder = Mutex(loaded)
  }

  /// As `SentenceEncoder`'s.
  public func encode(_ texts: [String], pooling: Pooling) throws -> EncodedTexts {
    try encoder.withLock { try $0.encode(texts, pooling: pooling) }
  }
}
