import Classification
import Datasets
import Encoders
import Evaluation
import Foundation
import LargeModel
import LargeModelStore
import Operations
import SmallModel
import Tasks
import Terminal

/// A task's models, loaded and ready to be scored on labelled rows.
struct TaskScoring {
  let definition: TaskDefinition
  let artifact: SmallModelArtifact
  let scoring: ShuntScoring
  private let inputs: LabelledInputs
  private let server: PaidServer?

  /// - Parameter data: the file of labelled rows.
  /// - Throws: what is wrong with files, models or rows.
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
    let file = option.files.largeModelAnswers
    server = try PaidServer(large, task: definition, labels: labels, file: file, step: step)
    let learnable = try learnable.map { try SmallModelArtifact(contentsOf: URL(fileURLWithPath: $0)) }
    var stages: [SmallModelCascade.Stored] = [(.specific, artifact)]
    if let learnable { stages.append((.learnable, learnable)) }
    if FileManager.default.fileExists(atPath: option.files.intermediate.path) {
      stages.append((.intermediate, try SmallModelArtifact(contentsOf: option.files.intermediate)))
    }
    scoring = try ShuntScoring(task: definition, stages: stages, large: server?.cached ?? large, step: step)
  }

  /// Asks all models; of a server it is said before what that takes, and it is asked one question first.
  /// - Parameter modes: `nil` for all that can change something.
  /// - Throws: what the server says where it does not answer.
  func answers(pruning modes: [PruningMode]?, named name: String) async throws -> [PruningMode: ShuntScoring.Answers] {
    let modes = modes ?? scoring.possibleModes
    if let server { try await server.prepare(try scoring.questions(inputs, pruning: modes)) }
    return try await scoring.answers(inputs, pruning: modes, name: name)
  }
}
