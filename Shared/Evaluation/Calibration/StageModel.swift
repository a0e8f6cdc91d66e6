import Cascade
import Content
import SmallModel

/// A small model, ready to answer, at its place in the cascade.
package struct StageModel: Sendable {
  package let artifact: SmallModelArtifact
  package let stage: CascadeStage
  /// T, above 0.
  package let temperature: Float
  private let predictor: any SmallModelPredictor

  /// - Throws: `SmallModelError` where the card has no threshold; what keeps the model from answering.
  package init(_ artifact: SmallModelArtifact, as answeredBy: AnsweredBy) throws {
    self.artifact = artifact
    stage = try artifact.stage(answeredBy)
    temperature = Float(artifact.card.temperature)
    predictor = try artifact.predictor(PredictorOptions(precision: .float32))
  }

  /// What it needs of an input.
  package var reads: Set<Input.Kind> { predictor.reads }

  package func logits(_ inputs: [Input]) throws -> Logits { try Logits(predictor, inputs) }

  /// The stage with what it makes of inputs.
  package func fitted(_ inputs: [Input]) throws -> FittedStage {
    FittedStage(stage: stage, temperature: temperature, logits: try logits(inputs))
  }
}
