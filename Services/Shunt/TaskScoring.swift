import Classification
import Datasets
import Encoders
import Evaluation
import Foundation
import LargeModel
import Operations
import SmallModel
import Tasks

/// A task's models, loaded and ready to be scored on labelled rows.
struct TaskScoring {
  let definition: TaskDefinition
  let artifact: SmallModelArtifact
  let scoring: ShuntScoring
  private let inputs: LabelledInputs

  /// - Parameter data: the file of labelled rows.
  /// - Throws: what is wrong with files, models or rows; what the large model's server says where it does not answer.
  init(
    _ option: TaskOption, _ rows: RowsOptions, data: String, learnable: String? = nil,
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws {
    definition = try option.definition()
    artifact = try SmallModelArtifact(contentsOf: option.files.specific)
    let labels = artifact.card.labels
    let rows = try rows.labelled(data, labels: labels)
    inputs = try LabelledInputs(rows, labels: LabelIndex(labels))
    FileNotes.say(DataWarnings.heldOut(rows), of: data)
    let hasHead = FileManager.default.fileExists(atPath: option.files.head.path)
    let isRecorded = rows.contains { $0.recordedAnswer != nil }
    let large = try await LargeModelFactory(models: ModelsFolder()).make(
      definition, labels: labels, head: hasHead ? LinearHead(contentsOf: option.files.head) : nil,
      recording: isRecorded ? rows : nil)
    if definition.largeModel.traits.isServer {
      step(.stage("asking the large model one question first"))
      do { step(.stage("  \(try await LargeModelCheck(definition, labels: labels).ask())")) } catch {
        throw CommandError("the large model cannot be asked, so nothing is measured or written: \(error)")
      }
    }
    let learnable = try learnable.map { try SmallModelArtifact(contentsOf: URL(fileURLWithPath: $0)) }
    var stages: [SmallModelCascade.Stored] = [(.specific, artifact)]
    if let learnable { stages.append((.learnable, learnable)) }
    if FileManager.default.fileExists(atPath: option.files.intermediate.path) {
      stages.append((.intermediate, try SmallModelArtifact(contentsOf: option.files.intermediate)))
    }
    scoring = try ShuntScoring(task: definition, stages: stages, large: large, step: step)
  }

  /// - Parameter modes: `nil` for all that can change something.
  func answers(pruning modes: [PruningMode]?, named name: String) async throws -> [PruningMode: ShuntScoring.Answers] {
    try await scoring.answers(inputs, pruning: modes ?? scoring.possibleModes, name: name)
  }
}
