import Encoders
import Foundation

/// The model that these tests run on: in `SHUNT_MODELS`, or in `.models` under the package's root, fetched when missing.
public enum MiniLM {
  private static let fetched = Task {
    try await ModelFetch(into: models, say: { print("model fetch: \($0)") }).fetch()
  }

  /// The folder that holds it.
  public static var models: URL {
    if let folder = ProcessInfo.processInfo.environment["SHUNT_MODELS"] { return URL(filePath: folder) }
    return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: ".models")
  }

  /// The encoder's folder.
  public static func folder() async throws -> URL { try await fetched.value }

  /// The encoder, loaded anew.
  public static func encoder(_ settings: EncoderSettings = .init()) async throws -> SentenceEncoder {
    try SentenceEncoder(contentsOf: try await folder(), settings: settings)
  }
}
