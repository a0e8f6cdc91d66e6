import Concurrency
import Foundation
import Images

/// CLIP (Radford et al. 2021, https://arxiv.org/abs/2103.00020), from a Hugging Face folder: pictures and texts as features in one space, where a picture lies near to what describes it.
///
/// Callers wait on one thread of its own; batches are computed on as many as the settings allow.
public actor CLIPEncoder {
  /// Names the model: its folder and a checksum of its projections.
  public nonisolated let version: String
  /// What the cosine of a picture and a text is multiplied with to get a logit; above 0.
  public nonisolated let logitScale: Float
  private nonisolated let thread = DedicatedThread(name: "CLIP")
  private let model: LoadedCLIP

  /// The encoder's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Reads a folder with `config.json`, `preprocessor_config.json`, safetensors, and `vocab.json` with `merges.txt` or
  /// `tokenizer.json`.
  ///
  /// Throws what names the file and its fault where one is missing, damaged, or of another kind of model.
  /// - Parameter threads: that take batches side by side, from 1.
  public init(contentsOf folder: URL, threads: Int = 1) throws {
    try self.init(contentsOf: folder, threads: threads, numbers: .best)
  }

  /// The same, its products of other numbers.
  package init(contentsOf folder: URL, threads: Int = 1, numbers: TransformerNumbers) throws {
    model = try LoadedCLIP(contentsOf: folder, threads: threads, numbers: numbers)
    (version, logitScale) = (model.version, model.logitScale)
  }

  /// Features of pictures of any size, a row each, of length 1; batches are formed inside, and what was seen lately is not
  /// computed again.
  ///
  /// Throws `CancellationError` between two batches when the task is cancelled.
  public func features(of pictures: [Picture]) throws -> FeatureMatrix { try model.features(of: pictures) }

  /// Features of texts, likewise.
  public func features(of texts: [String]) throws -> FeatureMatrix { try model.features(of: texts) }
}
