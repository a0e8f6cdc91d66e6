import Synchronization

/// The encoders of a folder, each loaded once for all who name it.
public final class EncoderLibrary: Sendable {
  private struct Key: Hashable {
    let name: String
    let settings: EncoderSettings
  }

  /// Where they are.
  public let models: ModelsFolder
  private let loaded = Mutex<[Key: FrozenEncoder]>([:])

  /// The encoders in `models`; none is loaded yet.
  public init(_ models: ModelsFolder = ModelsFolder()) { self.models = models }

  /// An encoder by its folder's name; what it reads is told by the folder's files. Who asks while it is loaded waits.
  /// - Throws: `EncoderError` saying how to bring it, where it is not there; what is wrong with its files.
  public func encoder(_ name: String, settings: EncoderSettings) throws -> FrozenEncoder {
    try loaded.withLock { loaded in
      let key = Key(name: name, settings: settings)
      if let encoder = loaded[key] { return encoder }
      let folder = try models.encoder(name)
      let encoder: FrozenEncoder =
        switch try models.reads(name) {
        case .text: .sentences(try BlockingEncoder(contentsOf: folder, settings: settings))
        case .image:
          .images(try BlockingImageEncoder(contentsOf: folder, threads: settings.threads, kept: models.features))
        }
      loaded[key] = encoder
      return encoder
    }
  }
}
