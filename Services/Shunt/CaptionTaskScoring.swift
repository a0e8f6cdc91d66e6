import Encoders
import Evaluation
import Foundation
import LargeModel
import Operations
import SmallModel
import Tasks

/// A task's captioners and its large model, loaded and ready to be scored on rows with captions.
struct CaptionTaskScoring {
  let scoring: CaptionScoring
  private let inputs: CaptionedInputs
  private let server: PaidServer?

  /// - Parameter data: the file of rows with captions.
  /// - Throws: what is wrong with files, models or rows.
  init(
    _ definition: TaskDefinition, _ option: TaskOption, _ rows: RowsOptions, data: String, learnable: String? = nil,
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws {
    inputs = try rows.captioned(data)
    FileNotes.say(DataWarnings.heldOut(inputs.rows), of: data)
    let files = option.files
    let hasOwn = definition.largeModel.traits.needsCaptioner && FileManager.default.fileExists(atPath: files.large.path)
    let isRecorded = inputs.rows.contains { $0.recordedAnswer != nil }
    let large = try await LargeModelFactory(models: ModelsFolder()).make(
      definition, labels: [], captioner: hasOwn ? CaptionerArtifact(contentsOf: files.large) : nil,
      recording: isRecorded ? inputs.rows : nil)
    server = try PaidServer(large, task: definition, labels: [], file: files.largeModelAnswers, step: step)
    var stages: [CaptionScoring.Stored] = [(.specific, try CaptionerArtifact(contentsOf: files.specific))]
    if let learnable {
      stages.append((.learnable, try CaptionerArtifact(contentsOf: URL(fileURLWithPath: learnable))))
    }
    scoring = try CaptionScoring(
      stages: stages, large: server?.cached ?? large, suggests: definition.pruning.mode == .soft,
      concurrency: definition.largeModel.traits.concurrency, step: step)
  }

  /// Asks all models; of a server it is said before what that takes, and it is asked one question first.
  func answers(named name: String) async throws -> CaptionScoring.Answers {
    if let server { try await server.prepare(try scoring.questions(inputs)) }
    return try await scoring.answers(inputs, name: name)
  }
}
