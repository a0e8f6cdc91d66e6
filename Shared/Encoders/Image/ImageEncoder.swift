import Concurrency
import Foundation
import Images
import Synchronization

/// An image encoder: EfficientNet-Lite0 … 2 as `scripts/setup` brings them, without its last, linear layer. A picture of any
/// size is resized to the network's, bicubically; its features are the mean over the last convolution, scaled to length 1.
///
/// All computing is on one thread of its own, or on as many as the settings allow.
public actor ImageEncoder {
  /// Names the model: its folder and a checksum of its last layer.
  public nonisolated let version: String
  private nonisolated let thread = DedicatedThread(name: "image encoder")
  private let encoder: LoadedImageEncoder

  /// The encoder's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Reads a folder with `config.json` and `model.safetensors`.
  ///
  /// Throws what names the file and its fault where one is missing, damaged, or of another kind of model.
  /// - Parameter kept: where features are kept for other processes, too.
  public init(contentsOf folder: URL, threads: Int = 1, kept: FeatureFolder? = nil) throws {
    encoder = try LoadedImageEncoder(contentsOf: folder, threads: threads, kept: kept)
    version = encoder.version
  }

  /// Features of pictures, a row each, of length 1. What was seen lately is not computed again.
  ///
  /// Throws `CancellationError` between two pictures when the task is cancelled, `EncoderError` for a pooling of sentence
  /// encoders.
  public func features(of pictures: [Picture], pooling: Pooling = .sentence) throws -> FeatureMatrix {
    try encoder.features(of: pictures, pooling: pooling)
  }
}

/// An image encoder that blocks the caller's thread while it computes, for who has a thread of its own to wait on: one
/// caller at a time, the others wait.
public final class BlockingImageEncoder: Sendable {
  /// As `ImageEncoder`'s.
  public let version: String
  /// What `Pooling.grid` gives of a picture: so many places, and so many numbers a place.
  public let grid: (places: Int, channels: Int)
  private let encoder: Mutex<LoadedImageEncoder>

  /// As `ImageEncoder`.
  public init(contentsOf folder: URL, threads: Int = 1, kept: FeatureFolder? = nil) throws {
    let loaded = try LoadedImageEncoder(contentsOf: folder, threads: threads, kept: kept)
    (version, grid) = (loaded.version, loaded.grid)
    encoder = Mutex(loaded)
  }

  /// As `ImageEncoder`'s.
  public func features(of pictures: [Picture], pooling: Pooling = .sentence) throws -> FeatureMatrix {
    try encoder.withLock { try $0.features(of: pictures, pooling: pooling) }
  }
}
