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

extension ModelStore {
  /// Puts a model in force that an experiment has made.
  func promote(_ description: ModelDescription, _ bytes: Data) async throws {
    let model = try await register(description, artifact: Array(bytes), who: "experiment")
    try await promote(model.id, who: "experiment", why: "made by the experiment")
  }
}

extension TaskDistillation {
  /// What a distiller of an experiment's task is told; rounds start only where somebody asks for one.
  /// - Parameters:
  ///   - heldOut: what candidates are judged by.
  ///   - labelled: the small model's training rows, as the third source.
  ///   - folder: where the files of both are written.
  init(experiment task: String, heldOut: [HeldOutRow], labelled: [DataRow], files folder: URL) throws {
    let (heldOutFile, labelledFile) = (
      folder.appendingPathComponent("held-out.jsonl"), folder.appendingPathComponent("labelled.jsonl")
    )
    try HeldOutFile.write(heldOut, to: heldOutFile)
    try DataFile.write(labelled, to: labelledFile)
    self.init(task: task, heldOut: heldOutFile.path)
    self.labelled = labelledFile.path
    policy.onDrift = .nothing
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
