import Cascade
import Content
import Encoders
import SmallModel

/// A small model, ready to answer, at its place in the cascade.
public struct StageModel: Sendable {
  /// The model as it is stored.
  public let artifact: SmallModelArtifact
  package let stage: CascadeStage
  /// T, above 0.
  package let temperature: Float
  private let predictor: any SmallModelPredictor

  /// - Parameter encoders: those that the model may name.
  /// - Throws: `SmallModelError` where the card has no threshold; what keeps the model from answering.
  public init(_ artifact: SmallModelArtifact, as answeredBy: AnsweredBy, encoders: EncoderLibrary) throws {
    self.artifact = artifact
    stage = try artifact.stage(answeredBy)
    temperature = Float(artifact.card.temperature)
    predictor = try artifact.predictor(PredictorOptions(precision: .float32, encoders: encoders))
  }

  /// What it needs of an input.
  package var reads: Set<Input.Kind> { predictor.reads }

  package func logits(_ inputs: [Input]) throws -> Logits { try Logits(predictor, inputs) }

  /// The stage with what it makes of inputs.
  package func fitted(_ inputs: [Input]) throws -> FittedStage {
    FittedStage(stage: stage, temperature: temperature, logits: try logits(inputs))
  }
}
