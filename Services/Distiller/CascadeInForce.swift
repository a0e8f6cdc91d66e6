import Content
import Evaluation
import ModelRegistry
import ModelStore
import Postgres
import SmallModel

/// The versions that answer a task, as a round judges against them.
struct CascadeInForce: Sendable {
  let specific: SmallModelArtifact
  let learnable: SmallModelArtifact?
  /// What answers between S2 and the large model.
  let intermediate: SmallModelArtifact?
  /// What these models read of an input.
  let reads: Set<Input.Kind>
  /// The versions' numbers in the store, that of one that cannot be loaded among them.
  let numbers: [Int]
  /// Why the S2 in force takes no part, as it takes none in a router; `nil` where it does, or where there is none.
  let withoutLearnable: String?
}

extension ModelStore {
  /// The versions of a task that answer now, in their order; none without an S1.
  func inForce(task: String) async throws -> [ModelVersion] {
    let versions = try await serving().smallModels(of: task)
    return versions.first?.slot.role == .specific ? versions : []
  }

  /// The versions in force with their artifacts. An S2 that cannot be loaded is left out: S1 stands without it.
  /// - Throws: `DistillerError` without an S1 that can be loaded; what keeps an intermediate model from answering.
  func cascadeInForce(task: String) async throws -> CascadeInForce {
    let versions = try await inForce(task: task)
    guard let first = versions.first else {
      throw DistillerError("task \(task) has no specific model in force; promote one with 'shunt models promote'")
    }
    let firstStage = try await stage(of: first)
    let specific = firstStage.artifact
    var reads = firstStage.reads
    var (learnable, fault) = (SmallModelArtifact?.none, String?.none)
    if let second = versions.first(where: { $0.slot.role == .learnable }) {
      do {
        let loaded = try await load(second)
        fault = loaded.card.labels == specific.card.labels ? nil : "its labels are not those of S1"
        learnable = fault == nil ? loaded : nil
      } catch let error where !isOfTheWorld(error) {
        fault = "\(error)"
      }
      fault = fault.map { "S2 \(second.description.version) cannot be loaded and is left out: \($0)" }
    }
    var intermediate: SmallModelArtifact?
    if let between = versions.first(where: { $0.slot.role == .intermediate }) {
      let stage = try await stage(of: between)
      let loaded = stage.artifact
      reads.formUnion(stage.reads)
      _ = try SmallModelCascade.labels(of: [(.specific, specific), (.intermediate, loaded)])
      intermediate = loaded
    }
    return CascadeInForce(
      specific: specific, learnable: learnable, intermediate: intermediate, reads: reads, numbers: versions.map(\.id),
      withoutLearnable: fault)
  }

  /// A version's artifact, its hash verified, as one that can answer.
  /// - Throws: what is wrong with it.
  func load(_ version: ModelVersion) async throws -> SmallModelArtifact { try await stage(of: version).artifact }

  private func stage(of version: ModelVersion) async throws -> StageModel {
    try StageModel(try await ModelRegistry(self).smallModel(version), as: version.slot.role)
  }

  /// Why a version cannot answer; `nil` where it can.
  func fault(of version: ModelVersion) async throws -> String? {
    do {
      _ = try await load(version)
      return nil
    } catch let error where !isOfTheWorld(error) {
      return "\(error)"
    }
  }
}

/// Whether an error says nothing of the data: the process is asked to end, or the database is away or refuses for its
/// own reasons. Such a round is given up and begun again; any other fails with its reason.
func isOfTheWorld(_ error: any Error) -> Bool {
  if error is CancellationError { return true }
  guard let error = error as? PostgresError else { return false }
  // Classes 22 and 23: what a value is. What this side of the connection finds in values has no state.
  guard let state = error.sqlState else { return error.kind != .decoding && error.kind != .usage }
  return !state.hasPrefix("22") && !state.hasPrefix("23")
}
