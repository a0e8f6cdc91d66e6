import Foundation
import LargeModel

/// The model that these tests run on: in `SHUNT_MODELS`, or in `.models` under the package's root, fetched when missing.
enum MiniLM {
  private static let fetched = Task {
    try await ModelFetch(into: models, say: { print("model fetch: \($0)") }).fetch()
  }

  private static var models: URL {
    if let folder = ProcessInfo.processInfo.environment["SHUNT_MODELS"] { return URL(filePath: folder) }
    return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: ".models")
  }

  static func folder() async throws -> URL { try await fetched.value }

  static func encoder(_ settings: SentenceEncoder.Settings = .init()) async throws -> SentenceEncoder {
    try SentenceEncoder(contentsOf: try await folder(), settings: settings)
  }
}
