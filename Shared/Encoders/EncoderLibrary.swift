import Synchronization

/// The sentence encoders of a folder, each loaded once for all who name it.
public final class EncoderLibrary: Sendable {
  private struct Key: Hashable {
    let name: String
    let settings: EncoderSettings
  }

  /// Where they are.
  public let models: ModelsFolder
  private let loaded = Mutex<[Key: BlockingEncoder]>([:])

  /// The encoders in `models`; none is loaded yet.
  public init(_ models: ModelsFolder = ModelsFolder()) { self.models = models }

  /// An encoder by its folder's name; who asks while it is loaded waits.
  /// - Throws: `EncoderError` saying how to bring it, where it is not there; what is wrong with its files.
  public func encoder(_ name: String, settings: EncoderSettings) throws -> BlockingEncoder {
    try loaded.withLock { loaded in
      let key = Key(name: name, settings: settings)
      if let encoder = loaded[key] { return encoder }
      let encoder = try BlockingEncoder(contentsOf: models.encoder(name), settings: settings)
      loaded[key] = encoder
      return encoder
    }
  }
}
