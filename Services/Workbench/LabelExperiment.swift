import Datasets
import Distiller
import Experiments
import Foundation
import Operations
import ResultStore
import Tasks

extension ExperimentRun.Outcome: DistilledExperiment {
  /// The task's name.
  public var task: String { small.card.task }

  /// Puts the models in force.
  public func promote(on deployment: Deployment) async throws { try await deployment.promote(self, who: "experiment") }

  /// By the experiment's plan.
  public func distillation(
    _ definition: TaskDefinition, _ data: ExperimentData, files folder: URL
  ) throws -> TaskDistillation {
    try taskDistillation(
      distillation(data.distillation, learnable: definition.learnableModel), data, files: folder)
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
