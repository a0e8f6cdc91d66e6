import Content
import Evaluation
import ModelRegistry
import ModelStore
import Postgres
import SmallModel

/// The versions that answer a task, as a round judges against them.
struct CascadeInForce<Model: DistilledModel>: Sendable {
  let specific: Model
  let learnable: Model?
  /// What answers between S2 and the large model.
  let intermediate: Model?
  /// The versions' numbers in the store, that of one that cannot be loaded among them.
  let numbers: [Int]
  /// Why the S2 in force takes no part, as it takes none in a router; `nil` where it does, or where there is none.
  let withoutLearnable: String?

  /// What these models read of an input.
  var reads: Set<Input.Kind> {
    [specific, learnable, intermediate].reduce(into: []) { $0.formUnion($1?.reads ?? []) }
  }
}

/// The versions that answer a task, of whichever kind of replies.
enum TaskInForce: Sendable {
  case labels(CascadeInForce<StageModel>)
  case captions(CascadeInForce<CaptionStageModel>)
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
  func inForce(task: String) async throws -> TaskInForce {
    let versions = try await store.inForce(task: task)
    guard let first = versions.first else {
      throw DistillerError("task \(task) has no specific model in force; promote one with 'shunt models promote'")
    }
    let raised = try await store.serving().thresholds
    switch try await stored(first) {
    case .classifier(let artifact):
      let specific = try ready(artifact, first, at: raised[first.id])
      return .labels(
        try await inForce(versions, after: specific) { try await stage(of: $0, threshold: raised[$0.id]) })
    case .captioner(let artifact):
      let specific = try ready(artifact, first, at: raised[first.id])
      return .captions(
        try await inForce(versions, after: specific) { version in
          let artifact = try await captioner(version)
          return try ready(artifact, version, at: raised[version.id])
        })
    }
  }

  private func inForce<Model: DistilledModel>(
    _ versions: [ModelVersion], after specific: Model, _ load: (ModelVersion) async throws -> Model
  ) async throws -> CascadeInForce<Model> {
    var (learnable, fault) = (Model?.none, String?.none)
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
    var intermediate: Model?
    if let between = versions.first(where: { $0.slot.role == .intermediate }) {
      let loaded = try await load(between)
      guard loaded.card.labels == specific.card.labels else {
        throw SmallModelError("\(loaded.card.version) has other labels than \(specific.card.version)")
      }
      intermediate = loaded
    }
    return CascadeInForce(
      specific: specific, learnable: learnable, intermediate: intermediate, numbers: versions.map(\.id),
      withoutLearnable: fault)
  }

  /// A version that answers with labels, its hash verified, ready to answer.
  /// - Parameter threshold: the δ that it answers at, where that is not its card's.
  /// - Throws: what is wrong with it.
  func stage(of version: ModelVersion, threshold: Float? = nil) async throws -> StageModel {
    let artifact = try await smallModel(version)
    return try ready(artifact, version, at: threshold)
  }

  @inline(never)  // Swift 6.3.1's optimiser fails where it inlines this behind an await.
  private func ready(
    _ artifact: SmallModelArtifact, _ version: ModelVersion, at threshold: Float?
  ) throws -> StageModel {
    try StageModel(artifact.with(artifact.card.answering(at: threshold)), as: version.slot.role, encoders: encoders)
  }

  @inline(never)  // The same.
  private func ready(
    _ artifact: CaptionerArtifact, _ version: ModelVersion, at threshold: Float?
  ) throws -> CaptionStageModel {
    try CaptionStageModel(
      artifact.with(artifact.card.answering(at: threshold)), as: version.slot.role, encoders: encoders)
  }

  /// Why a version cannot answer; `nil` where it can.
  func fault(of version: ModelVersion) async throws -> String? {
    do {
      let stored = try await stored(version)
      _ = try TaskCascade([(version.slot.role, stored)], options: PredictorOptions(encoders: encoders))
      return nil
    } catch let error where !isOfTheWorld(error) {
      return "\(error)"
    }
  }
}

extension ModelCard {
  /// The card at the δ that its version answers at; `nil`: its own.
  fileprivate func answering(at threshold: Float?) -> ModelCard {
    guard let threshold else { return self }
    var card = self
    card.thresholds[Self.shuntThreshold] = Double(threshold)
    return card
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
