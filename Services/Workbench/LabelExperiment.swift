import Cascade
import Datasets
import Distiller
import Experiments
import Foundation
import ModelRegistry
import ModelStore
import Operations
import ResultStore
import Tasks

extension ExperimentRun.Outcome: DistilledExperiment {
  /// The task's name.
  public var task: String { small.card.task }

  /// Puts the models in force.
  public func promote(on deployment: Deployment) async throws {
    let store = try ModelStore(deployment.database("experiment"))
    for (role, artifact) in [(AnsweredBy.specific, small)] + (intermediate.map { [(.intermediate, $0)] } ?? []) {
      try await store.promote(artifact.card.description(as: role), artifact.encoded())
    }
    guard let head else { return }
    try await store.promote(
      ModelDescription(task: task, role: .large, version: "head-of-\(small.card.version)"), head.encoded())
  }

  /// By the experiment's plan.
  public func distillation(
    _ definition: TaskDefinition, _ data: ExperimentData, files folder: URL
  ) throws -> TaskDistillation {
    var task = try TaskDistillation(
      experiment: task, heldOut: heldOutRows(regions: data.regions), labelled: data.training, files: folder)
    task.round = distillation(data.distillation, learnable: definition.learnableModel)
    return task
  }

  /// Accuracy and query share of the test rows.
  public func figures(
    _ data: ExperimentData, rounds: [DistilledFigures.Round], from results: ResultStore
  ) async throws -> DistilledFigures {
    let score = try await TestScore.read(rows: data.test, task: task, regions: data.regions, from: results)
    return DistilledFigures(
      accuracy: score.accuracy, queryShare: score.queryShare, rounds: rounds.count, regions: score.regions,
      history: rounds)
  }
}
