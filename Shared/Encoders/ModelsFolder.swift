import Content
import Foundation
import Tokenizer

/// The folder that holds the encoders.
public struct ModelsFolder: Sendable {
  /// Where it is.
  public let url: URL
  /// Where its encoders keep features of pictures for other processes; `nil`: nowhere.
  public var features: FeatureFolder?

  /// `SHUNT_MODELS`, or else `.models` in the current folder or the nearest one above it that has one. Features are kept in
  /// `SHUNT_FEATURES`, where that is set.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let kept = environment["SHUNT_FEATURES"] ?? ""
    features = kept.isEmpty ? nil : FeatureFolder(URL(fileURLWithPath: kept))
    if let path = environment["SHUNT_MODELS"], !path.isEmpty {
      url = URL(fileURLWithPath: path)
      return
    }
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let above = sequence(first: here) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }
    let existing = above.map { $0.appendingPathComponent(".models") }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    url = existing ?? here.appendingPathComponent(".models")
  }

  /// A folder at a place.
  public init(_ url: URL, features: FeatureFolder? = nil) { (self.url, self.features) = (url, features) }

  /// The folder of an encoder.
  /// - Throws: `EncoderError` saying how to bring it, where it is not there.
  public func encoder(_ name: String) throws -> URL {
    let folder = url.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw EncoderError(
        "encoder \(name) is not in \(url.path); run 'shunt models fetch' for \(ModelFetch.modelName), 'scripts/setup' for "
          + "image encoders, or name its folder in SHUNT_MODELS; docs/models.md says where a CLIP model's files go")
    }
    return folder
  }

  /// What an encoder needs of an input, by its folder's `config.json`.
  /// - Throws: `EncoderError` where it is not there.
  public func reads(_ name: String) throws -> Input.Kind {
    let fields = try encoder(name).appendingPathComponent("config.json").fields()
    return fields?["model_type"] as? String == ImageEncoderConfiguration.modelType ? .image : .text
  }

  /// Whether an encoder reads images. One that is not here, or whose files cannot be read, is missed by its name as soon
  /// as it is loaded; until then it counts as one of texts.
  public func holdsImageEncoder(_ name: String) -> Bool {
    do { return try reads(name) == .image } catch { return false }
  }

  /// An encoder's tokenizer.
  public func tokenizer(_ name: String) throws -> WordPieceTokenizer {
    try SentenceEncoder.tokenizer(of: encoder(name))
  }

  /// The vectors that an encoder begins with, a row for each token of its vocabulary.
  public func tokenVectors(_ name: String) throws -> FeatureMatrix {
    try EncoderFolder(encoder(name)).weights().tokenVectors()
  }
}
