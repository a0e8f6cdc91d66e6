import Cascade
import Encoders
import Foundation
import ModelStore
import SmallModel

/// From a stored version to the model that it is: the one place where a version's bytes are read.
public struct ModelRegistry: Sendable {
  /// Where the versions are.
  public let store: ModelStore
  /// Those that small models may name.
  public let encoders: EncoderLibrary

  /// A registry over `store`.
  /// - Parameter encoders: those that small models may name.
  public init(_ store: ModelStore, encoders: EncoderLibrary = EncoderLibrary()) {
    self.store = store
    self.encoders = encoders
  }

  /// A version's captioner, its hash verified.
  /// - Throws: what is wrong with its bytes; `ModelStoreError`, `PostgresError`.
  public func captioner(_ version: ModelVersion) async throws -> CaptionerArtifact {
    try CaptionerArtifact(data: Data(await store.artifact(of: version.id)), name: Self.name(version))
  }

  /// A version's small model of whichever kind, its hash verified.
  /// - Throws: what is wrong with its bytes; `ModelStoreError`, `PostgresError`.
  public func stored(_ version: ModelVersion) async throws -> StoredSmallModel {
    try StoredSmallModel(data: Data(await store.artifact(of: version.id)), name: Self.name(version))
  }

  /// A version's small model that answers with labels, its hash verified.
  /// - Throws: what is wrong with its bytes; `ModelStoreError`, `PostgresError`.
  public func smallModel(_ version: ModelVersion) async throws -> SmallModelArtifact {
    try SmallModelArtifact(data: Data(await store.artifact(of: version.id)), name: Self.name(version))
  }

  /// A version's linear head of a large model, its hash verified.
  public func head(_ version: ModelVersion) async throws -> LinearHead {
    try LinearHead(data: Data(await store.artifact(of: version.id)), name: Self.name(version))
  }

  /// The cascade that some versions make, ready to answer.
  /// - Parameters:
  ///   - versions: of one task, in the order of `AnsweredBy`.
  ///   - thresholds: δ of versions that answer at another than their card's, by number.
  /// - Returns: `nil` where no specific model leads them: then the task is not answered at all.
  /// - Throws: what is wrong with a version, or keeps it from answering.
  public func cascade(_ versions: [ModelVersion], thresholds: [Int: Float] = [:]) async throws -> TaskCascade? {
    guard versions.first?.slot.role == .specific else { return nil }
    var models: [(AnsweredBy, StoredSmallModel)] = []
    for version in versions { models.append((version.slot.role, try await stored(version))) }
    let raised = versions.compactMap { version in thresholds[version.id].map { (version.slot.role, $0) } }
    return try TaskCascade(models, options: PredictorOptions(encoders: encoders))
      .with(Dictionary(raised, uniquingKeysWith: { $1 }))
  }

  private static func name(_ version: ModelVersion) -> String {
    "\(version.description.task) \(version.description.version)"
  }
}

extension ModelCard {
  /// What the model store keeps of the model beside its bytes.
  public func description(as role: AnsweredBy) -> ModelDescription {
    ModelDescription(
      task: task, role: role, version: version, parent: parent, dataCounts: dataCounts,
      seed: Int(exactly: training.seed), thresholds: thresholds)
  }
}
