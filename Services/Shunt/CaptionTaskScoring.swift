import Datasets
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
  static func load(
    _ definition: TaskDefinition, _ option: TaskOption, _ rows: RowsOptions, data: String, learnable: String? = nil,
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws -> CaptionTaskScoring {
    let inputs = try rows.captioned(data)
    FileNotes.say(DataWarnings.heldOut(inputs.rows), of: data)
    let large = try await large(definition, option.files, inputs.rows)
    return try CaptionTaskScoring(definition, option.files, inputs, large, learnable: learnable, step: step)
  }

  private init(
    _ definition: TaskDefinition, _ files: TaskFiles, _ inputs: CaptionedInputs, _ large: any LargeModel,
    learnable: String?, step: @escaping @Sendable (EvaluationStep) -> Void
  ) throws {
    self.inputs = inputs
    server = try PaidServer(large, task: definition, labels: [], file: files.largeModelAnswers, step: step)
    scoring = try CaptionScoring(
      stages: Self.stages(files, learnable: learnable), large: server?.cached ?? large,
      suggests: definition.pruning.mode == .soft, concurrency: definition.largeModel.traits.concurrency, step: step)
  }

  private static func large(
    _ definition: TaskDefinition, _ files: TaskFiles, _ rows: [DataRow]
  ) async throws -> any LargeModel {
    let captioner = try ownCaptioner(definition, files)
    let recording = rows.contains { $0.recordedAnswer != nil } ? rows : nil
    return try await LargeModelFactory(models: ModelsFolder())
      .make(definition, labels: [], captioner: captioner, recording: recording)
  }

  /// The task's own large captioner, where it has one that is trained.
  private static func ownCaptioner(_ definition: TaskDefinition, _ files: TaskFiles) throws -> CaptionerArtifact? {
    guard definition.largeModel.traits.needsCaptioner, FileManager.default.fileExists(atPath: files.large.path) else {
      return nil
    }
    return try CaptionerArtifact(contentsOf: files.large)
  }

  private static func stages(_ files: TaskFiles, learnable: String?) throws -> [CaptionScoring.Stored] {
    let specific = try CaptionerArtifact(contentsOf: files.specific)
    guard let learnable else { return [(.specific, specific)] }
    return [
      (.specific, specific), (.learnable, try CaptionerArtifact(contentsOf: URL(fileURLWithPath: learnable))),
    ]
  }

  /// Asks all models; of a server it is said before what that takes, and it is asked one question first.
  func answers(named name: String) async throws -> CaptionScoring.Answers {
    if let server { try await server.prepare(try scoring.questions(inputs)) }
    // A model of this process costs nothing more when it is asked without the small model's caption, too.
    return try await scoring.answers(inputs, name: name, asksAlone: server == nil)
  }
}
