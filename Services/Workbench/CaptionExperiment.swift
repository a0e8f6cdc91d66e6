import Captioning
import Cascade
import Datasets
import Distiller
import Evaluation
import Experiments
import Foundation
import ModelRegistry
import ModelStore
import Operations
import ResultStore
import SmallModel
import Tasks

/// What the running system reaches on test pictures after distillation.
public struct DistilledCaptions: Sendable {
  /// As the COCO evaluation has it.
  public let figures: CaptionFigures
  /// The rounds, in order.
  public let rounds: [DistilledFigures.Round]
  /// What was answered to each test picture, by its id.
  public let answers: [String: DistilledCaption]
}

extension CaptionExperimentRun.Outcome: DistilledExperiment {
  /// The task's name.
  public var task: String { small.card.task }

  /// Puts the models in force.
  public func promote(on deployment: Deployment) async throws {
    let store = try ModelStore(deployment.database("experiment"))
    for (role, artifact) in [(AnsweredBy.specific, small)] + (large.map { [(.large, $0)] } ?? []) {
      try await store.promote(artifact.card.description(as: role), artifact.encoded())
    }
  }

  /// From S1 each time, since each round reads all answers anew.
  public func distillation(
    _ definition: TaskDefinition, _ data: ExperimentData, files folder: URL
  ) throws -> TaskDistillation {
    var task = try TaskDistillation(experiment: task, heldOut: heldOut, labelled: data.training, files: folder)
    (task.round.start, task.round.isRepeatable) = (.specific, true)
    task.round.threshold = .queryBudget(data.distillation.queryBudget)
    (task.round.training.seed, task.round.training.threads) = (small.card.training.seed, small.card.training.threads)
    if let epochs = data.distillation.epochs { task.round.captionEpochs = epochs }
    return task
  }

  /// BLEU, CIDEr-D and query share of the test pictures.
  public func figures(
    _ data: ExperimentData, rounds: [DistilledFigures.Round], from results: ResultStore
  ) async throws -> DistilledCaptions {
    let given = try await results.answers(task: task, ids: data.test.map(\.id))
    let captions = data.test.map { given[$0.id]?.reply.caption ?? "" }
    var answers: [String: DistilledCaption] = [:]
    for (row, caption) in zip(data.test, captions) {
      guard let answer = given[row.id] else { continue }
      answers[row.id] = DistilledCaption(
        text: caption, answeredBy: answer.answeredBy.rawValue,
        quality: Float(SentenceBLEU.quality(of: caption, references: row.captions)))
    }
    return DistilledCaptions(
      figures: CaptionFigures(
        captions, references: data.test.map(\.captions),
        asksLarge: data.test.map { given[$0.id].map { $0.answeredBy == .large } ?? true }),
      rounds: rounds, answers: answers)
  }
}
