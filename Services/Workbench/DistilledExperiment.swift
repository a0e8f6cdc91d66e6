import Datasets
import Distiller
import Experiments
import Foundation
import Operations
import ResultStore
import Tasks

/// An experiment's models before distillation, as the running system takes them and is scored: of labels, or of captions.
public protocol DistilledExperiment: Sendable {
  /// What comes of a run.
  associatedtype Figures: Sendable

  /// The task's name.
  var task: String { get }

  /// Puts the models in force.
  func promote(on deployment: Deployment) async throws

  /// What a distiller of the task is told; rounds start only where somebody asks for one.
  /// - Parameters:
  ///   - data: the experiment's rows; those of the small model's training are the third source.
  ///   - folder: where the distiller's files of samples are written.
  func distillation(_ definition: TaskDefinition, _ data: ExperimentData, files folder: URL) throws -> TaskDistillation

  /// What the answers to the test rows are worth, which `results` has.
  func figures(
    _ data: ExperimentData, rounds: [DistilledFigures.Round], from results: ResultStore
  ) async throws -> Figures
}
