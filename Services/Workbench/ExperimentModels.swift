import Cascade
import Datasets
import Distiller
import Evaluation
import Experiments
import Foundation
import ModelRegistry
import ModelStore
import Operations
import SmallModel

extension Deployment {
  /// Puts an experiment's models in force.
  public func promote(_ outcome: ExperimentRun.Outcome, who: String) async throws {
    let store = try ModelStore(database(who))
    let small = outcome.small
    var artifacts: [SmallModelCascade.Stored] = [(.specific, small)]
    if let intermediate = outcome.intermediate { artifacts.append((.intermediate, intermediate)) }
    for (role, artifact) in artifacts {
      let description = artifact.card.description(as: role)
      let model = try await store.register(description, artifact: Array(artifact.encoded()), who: who)
      try await store.promote(model.id, who: who, why: "trained by \(who)")
    }
    guard let head = outcome.head else { return }
    let description = ModelDescription(task: small.card.task, role: .large, version: "head-of-\(small.card.version)")
    let stored = try await store.register(description, artifact: Array(head.encoded()), who: who)
    try await store.promote(stored.id, who: who, why: "fitted by \(who)")
  }
}

extension ExperimentRun.Outcome {
  /// The held-out rows with the large model's answers, as the distiller judges candidates on them. Rows to which the
  /// large model gave no answer cannot be judged and are left out.
  public func heldOutRows(regions: [String: String]) -> [HeldOutRow] {
    heldOut.heldOutRows(labels: small.card.labels, regions: regions)
  }

  /// How S2 is distilled: as the task says that it is trained, from S1 or from nothing each time, since each round reads
  /// all answers anew.
  /// - Parameter learnable: how S2 is made where it is a network of its own.
  public func distillation(_ plan: DistillationPlan, learnable: (any NetworkRecipe)? = nil) -> Distillation.Rule {
    var rule = Distillation.Rule()
    (rule.start, rule.learnable) = (.specific, learnable)
    rule.isRepeatable = true
    rule.largeThreshold = 0.2
    rule.threshold = .queryBudget(plan.queryBudget)
    var training = learnable?.training ?? small.card.training
    training.heldOutShare = 0
    training.epochs = plan.epochs ?? training.epochs
    rule.training = training
    return rule
  }
}

extension ExperimentRun.Outcome {
  /// What a distiller of the experiment's task is told; rounds start only where somebody asks for one.
  /// - Parameters:
  ///   - data: the experiment's rows; those of the small model's training are the third source.
  ///   - folder: where the distiller's files of samples are written.
  func taskDistillation(
    _ rule: Distillation.Rule, _ data: ExperimentData, files folder: URL
  ) throws -> TaskDistillation {
    let heldOut = folder.appendingPathComponent("held-out.jsonl")
    try HeldOutFile.write(heldOutRows(regions: data.regions), to: heldOut)
    let labelled = folder.appendingPathComponent("labelled.jsonl")
    try DataFile.write(data.training, to: labelled)
    var task = TaskDistillation(task: small.card.task, heldOut: heldOut.path)
    task.labelled = labelled.path
    task.policy.onDrift = .nothing
    task.round = rule
    return task
  }
}

extension DistillationRound {
  /// What came of the round, and why.
  var inWords: String { reasons ?? outcome?.rawValue ?? state.rawValue }
}

/// A folder for the files of one run.
public struct ScratchFolder: Sendable {
  /// Where it is.
  public let url: URL

  /// Makes one.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("shunt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// Removes it, with all that is in it.
  public func remove() throws { try FileManager.default.removeItem(at: url) }
}
