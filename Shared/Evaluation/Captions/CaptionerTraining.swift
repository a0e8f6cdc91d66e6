import Cascade
import Captioning
import Content
import Encoders
import Foundation
import SmallModel

/// Trains captioners from rows with captions.
public struct CaptionerTraining: Sendable {
  private let task: String
  private let encoders: EncoderLibrary
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - task: its name.
  ///   - step: called from any thread.
  public init(task: String, encoders: EncoderLibrary, step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }) {
    (self.task, self.encoders, self.step) = (task, encoders, step)
  }

  /// Trains a captioner, and calibrates what its confidence says; its threshold is yet to be fitted.
  /// - Parameters:
  ///   - rows: to train on.
  ///   - heldOut: rows that are not trained on; they decide when to stop, and calibrate.
  /// - Throws: what is wrong with rows, settings or models; `CancellationError`.
  public func train(
    _ recipe: any CaptionerRecipe, as answeredBy: AnsweredBy, on rows: CaptionedInputs, heldOut: CaptionedInputs
  ) async throws -> CaptionerArtifact {
    step(.stage("training the \(answeredBy.rawValue) captioner on \(rows.rows.count) pictures"))
    let epochs = recipe.training.epochs
    let trained = try await recipe.train(rows.examples, heldOut: heldOut.examples, encoders: encoders) { [step] in
      step(.epoch($0, of: epochs))
    }
    let createdAt = Date()
    let card = ModelCard(
      task: task, version: ModelVersionName.make(task: task, as: answeredBy, createdAt: createdAt),
      createdAt: createdAt, labels: [], temperature: trained.temperature, training: recipe.training,
      dataCounts: ["training": rows.rows.count, "held_out": heldOut.rows.count])
    return try CaptionerArtifact(card: card, network: trained.network).calibrated(
      on: heldOut.inputs, references: heldOut.rows.map(\.captions), encoders: encoders)
  }
}

extension CaptionerTraining {
  /// How good a captioner is by itself.
  public static func figures(
    of artifact: CaptionerArtifact, on inputs: CaptionedInputs, encoders: EncoderLibrary
  ) throws -> CaptionFigures {
    let captions = try artifact.predictor(PredictorOptions(encoders: encoders)).captions(inputs.inputs)
    return CaptionFigures(
      captions.map(\.text), references: inputs.rows.map(\.captions), asksLarge: captions.map { _ in false })
  }
}

extension CaptionerArtifact {
  /// The captioner with a confidence that is the quality to be expected, fitted on inputs that it was not trained on.
  /// - Parameter references: [inputs][references]
  @inline(never)  // Swift 6.3.1's optimiser fails where it inlines this behind an await.
  package func calibrated(
    on inputs: [Input], references: [[String]], encoders: EncoderLibrary
  ) throws -> CaptionerArtifact {
    let captions = try predictor(PredictorOptions(encoders: encoders)).captions(inputs)
    let qualities = zip(captions, references).map { Float(SentenceBLEU.quality(of: $0.text, references: $1)) }
    var card = card
    card.calibration = try CaptionCalibration(of: captions, qualities: qualities)
    return try with(card)
  }
}
