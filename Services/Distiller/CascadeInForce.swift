import Cascade
import Foundation
import ModelStore
import SmallModel

/// The versions that answer a task, as a round judges against them.
struct CascadeInForce: Sendable {
  struct Model: Sendable {
    let number: Int
    let artifact: SmallModelArtifact
  }

  let specific: Model
  let learnable: Model?

  /// The versions' numbers in the store.
  var numbers: [Int] { [specific.number] + (learnable.map { [$0.number] } ?? []) }
}

extension ModelStore {
  /// The versions of a task that answer now: S1, then S2 where there is one.
  func inForce(task: String) async throws -> [ModelVersion] {
    let active = try await serving().active
    guard let specific = active[ModelSlot(task: task, role: .specific)] else { return [] }
    return [specific] + [active[ModelSlot(task: task, role: .learnable)]].compactMap { $0 }
  }

  /// The versions in force with their artifacts, hashes verified.
  /// - Throws: `DistillerError` without S1.
  func cascadeInForce(task: String) async throws -> CascadeInForce {
    let versions = try await inForce(task: task)
    var loaded: [CascadeInForce.Model] = []
    for version in versions { loaded.append(try await load(version)) }
    guard let specific = loaded.first else {
      throw DistillerError("task \(task) has no specific model in force; promote one with 'shunt models promote'")
    }
    return CascadeInForce(specific: specific, learnable: loaded.dropFirst().first)
  }

  /// A version with its artifact.
  func load(_ version: ModelVersion) async throws -> CascadeInForce.Model {
    let bytes = try await artifact(of: version.id)
    let name = "\(version.description.task) \(version.description.version)"
    return CascadeInForce.Model(
      number: version.id, artifact: try SmallModelArtifact(data: Data(bytes), name: name))
  }
}
