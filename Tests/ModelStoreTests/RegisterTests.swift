import Foundation
import ModelStore
import Postgres
import TestSupport
import Testing

@Suite struct RegisterTests {
  private let full = ModelDescription(
    task: "intents", role: .learnable, version: "s2-7", parent: "s1-1", dataCounts: ["stage1": 900, "stage2": 1_800],
    seed: 42, metrics: ["cascade.accuracy": 0.814, "regions.tail.accuracy": 1], thresholds: ["learnable": 0.31])

  @Test func aVersionComesBackAsItWent() async throws {
    try await withModels { store, _ in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let model = try await store.register(full, artifact: bytes, who: "distiller")
      #expect(model.description == full)
      #expect(model.state == .candidate)
      #expect(model.size == bytes.count)
      try await #expect(store.version(model.id) == model)
      try await #expect(store.versions() == [model])
      try await #expect(store.versions(task: "other").isEmpty)
      try await #expect(store.artifact(of: model.id) == bytes)
      let history = try await store.history(of: model.id)
      #expect(history.map(\.kind) == [.registered])
      #expect(history.map(\.who) == ["distiller"])
    }
  }

  @Test func anArtifactOfThirtyMegabytesIsStored() async throws {
    try await withModels { store, _ in
      let bytes = [UInt8](repeating: 7, count: 30_000_000)
      let model = try await store.register(full, artifact: bytes, who: "test")
      let stored = try await store.artifact(of: model.id)
      #expect(stored == bytes)
    }
  }

  @Test func anEmptyArtifactIsStored() async throws {
    try await withModels { store, _ in
      let model = try await store.register(full, artifact: [], who: "test")
      try await #expect(store.artifact(of: model.id) == [])
    }
  }

  /// From the standard, FIPS 180-4's example.
  @Test func theHashIsSHA256() {
    #expect(
      ModelStore.hash(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func registeringAgainIsTheSameVersionButOtherBytesAreRefused() async throws {
    try await withModels { store, _ in
      let model = try await store.register(full, artifact: [1, 2], who: "test")
      let again = try await store.register(full, artifact: [1, 2], who: "test")
      #expect(again == model)
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.register(full, artifact: [1, 3], who: "test")
      }
      #expect(error?.kind == .conflict)
      try await #expect(store.history(of: model.id).count == 1)
    }
  }

  @Test func aMetricThatIsNoNumberIsRefusedByName() async throws {
    try await withModels { store, _ in
      var broken = full
      broken.metrics["tail"] = .nan
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.register(broken, artifact: [1], who: "test")
      }
      #expect(error?.message.contains("metrics.tail is nan") == true)
    }
  }

  @Test func aBrokenArtifactIsRefused() async throws {
    try await withModels { store, settings in
      let model = try await store.register(full, artifact: [1, 2, 3], who: "test")
      try await Connection(settings).execute(
        "UPDATE model_versions SET artifact = $1 WHERE id = $2", [.bytes([1, 2]), .integer(model.id)])
      let error = await #expect(throws: ModelStoreError.self) { _ = try await store.artifact(of: model.id) }
      #expect(error?.kind == .brokenArtifact)
      #expect(error?.message.contains("intents s2-7") == true)
    }
  }

  @Test func unknownNumbersAreToldSo() async throws {
    try await withModels { store, _ in
      let errors = [
        await #expect(throws: ModelStoreError.self) { _ = try await store.version(99) },
        await #expect(throws: ModelStoreError.self) { _ = try await store.artifact(of: 99) },
        await #expect(throws: ModelStoreError.self) { try await store.promote(99, who: "test", why: "") },
      ]
      #expect(errors.map { $0?.kind } == [.unknown, .unknown, .unknown])
    }
  }

  @Test func whatIsExportedCanBeImportedElsewhere() async throws {
    let folder = URL(filePath: "/tmp/shunt-export-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = [UInt8](repeating: 7, count: 1_000)
    let file = try await withModels { store, _ in
      let model = try await store.register(full, artifact: bytes, who: "test")
      return try await store.export(model.id, to: folder)
    }
    try await withModels { store, _ in
      let model = try await store.import(file, who: "operator")
      #expect(model.description == full)
      try await #expect(store.artifact(of: model.id) == bytes)
      let again = try await store.import(file, who: "operator")
      #expect(again.id == model.id)
      try Data([1]).write(to: file.deletingPathExtension().appendingPathExtension("safetensors"))
      let error = await #expect(throws: ModelStoreError.self) { try await store.import(file, who: "operator") }
      #expect(error?.kind == .brokenArtifact)
    }
  }
}
