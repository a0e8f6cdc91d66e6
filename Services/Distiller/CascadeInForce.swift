import Content
import Evaluation
import ModelRegistry
import ModelStore
import Postgres
import SmallModel

/// The versions that answer a task, as a round judges against them.
struct CascadeInForce: Sendable {
  let specific: StageModel
  let learnable: StageModel?
  /// What answers between S2 and the large model.
  let intermediate: StageModel?
  /// The versions' numbers in the store, that of one that cannot be loaded among them.
  let numbers: [Int]
  /// Why the S2 in force takes no part, as it takes none in a router; `nil` where it does, or where there is none.
  let withoutLearnable: String?

  /// What these models read of an input.
  var reads: Set<Input.Kind> {
    [specific, learnable, intermediate].reduce(into: []) { $0.formUnion($1?.reads ?? []) }
  }
}

extension ModelStore {
  /// The versions of a task that answer now, in their order; none without an S1.
  func inForce(task: String) async throws -> [ModelVersion] {
    let versions = try await serving().smallModels(of: task)
    return versions.first?.slot.role == .specific ? versions : []
  }
}

extension ModelRegistry {
  /// The versions in force with their artifacts. An S2 that cannot be loaded is left out: S1 stands without it.
  /// - Throws: `DistillerError` without an S1 that can be loaded; what keeps an intermediate model from answering.
  func cascadeInForce(task: String) async throws -> CascadeInForce {
    let versions = try await store.inForce(task: task)
    guard let first = versions.first else {
      throw DistillerError("task \(task) has no specific model in force; promote one with 'shunt models promote'")
    }
    let raised = try await store.serving().thresholds
    let specific = try await stage(of: first, threshold: raised[first.id])
    var (learnable, fault) = (StageModel?.none, String?.none)
    if let second = versions.first(where: { $0.slot.role == .learnable }) {
      do {
        let loaded = try await stage(of: second, threshold: raised[second.id])
        fault = loaded.artifact.card.labels == specific.artifact.card.labels ? nil : "its labels are not those of S1"
        learnable = fault == nil ? loaded : nil
      } catch let error where !isOfTheWorld(error) {
        fault = "\(error)"
      }
      fault = fault.map { "S2 \(second.description.version) cannot be loaded and is left out: \($0)" }
    }
    var intermediate: StageModel?
    if let between = versions.first(where: { $0.slot.role == .intermediate }) {
      let loaded = try await stage(of: between, threshold: raised[between.id])
      _ = try SmallModelCascade.labels(of: [(.specific, specific.artifact), (.intermediate, loaded.artifact)])
      intermediate = loaded
    }
    return CascadeInForce(
      specific: specific, learnable: learnable, intermediate: intermediate, numbers: versions.map(\.id),
      withoutLearnable: fault)
  }

  /// A version, its hash verified, ready to answer.
  /// - Parameter threshold: the δ that it answers at, where that is not its card's.
  /// - Throws: what is wrong with it.
  func stage(of version: ModelVersion, threshold: Float? = nil) async throws -> StageModel {
    var artifact = try await smallModel(version)
    if let threshold {
      var card = artifact.card
      card.thresholds[ModelCard.shuntThreshold] = Double(threshold)
      artifact = try artifact.with(card)
    }
    return try StageModel(artifact, as: version.slot.role, encoders: encoders)
  }

  /// Why a version cannot answer; `nil` where it can.
  func fault(of version: ModelVersion) async throws -> String? {
    do {
      _ = try await stage(of: version)
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
