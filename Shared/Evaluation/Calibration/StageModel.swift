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
  private let options: PredictorOptions

  /// - Parameter encoders: those that the model may name.
  /// - Throws: `SmallModelError` where the card has no threshold; what keeps the model from answering.
  public init(_ artifact: SmallModelArtifact, as answeredBy: AnsweredBy, encoders: EncoderLibrary) throws {
    self.artifact = artifact
    stage = try artifact.stage(answeredBy)
    temperature = Float(artifact.card.temperature)
    options = PredictorOptions(precision: .float32, encoders: encoders)
    predictor = try artifact.predictor(options)
  }

  /// What it needs of an input.
  package var reads: Set<Input.Kind> { predictor.reads }

  package func logits(_ inputs: [Input]) throws -> Logits { try Logits(predictor, inputs) }

  /// The encoders that the model may name.
  package var encoders: EncoderLibrary { options.encoders }

  /// A model that learnt from this one, ready to answer as this one does.
  package func predictor(of student: SmallModelArtifact) throws -> any SmallModelPredictor {
    try student.predictor(options)
  }

  /// The stage with what it makes of inputs.
  package func fitted(_ inputs: [Input]) throws -> FittedStage {
    FittedStage(stage: stage, temperature: temperature, logits: try logits(inputs))
  }
}
