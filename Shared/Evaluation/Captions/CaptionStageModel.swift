import Cascade
import Content
import Encoders
import SmallModel

/// A captioner, ready to answer, at its place in the cascade.
package struct CaptionStageModel: Sendable {
  /// The model as it is stored.
  package let artifact: CaptionerArtifact
  package let stage: CascadeStage
  /// The encoders that the model may name.
  package let encoders: EncoderLibrary
  private let predictor: any CaptionPredictor

  /// - Parameter encoders: those that the model may name.
  /// - Throws: `SmallModelError` where the card has no threshold; what keeps the model from answering.
  package init(_ artifact: CaptionerArtifact, as answeredBy: AnsweredBy, encoders: EncoderLibrary) throws {
    self.artifact = artifact
    self.encoders = encoders
    stage = try artifact.card.stage(answeredBy)
    predictor = try artifact.predictor(PredictorOptions(precision: .float32, encoders: encoders))
  }

  /// What it needs of an input.
  package var reads: Set<Input.Kind> { predictor.reads }

  /// A caption of each input.
  package func captions(_ inputs: [Input]) throws -> [GeneratedCaption] { try predictor.captions(inputs) }

  /// What it holds probable at each step of its captions, [inputs].
  package func distributions(_ inputs: [Input]) throws -> [CaptionDistribution] { try predictor.distributions(inputs) }

  /// The stage with what it makes of samples.
  package func fitted(_ samples: CaptionSamples) throws -> Fitted<CaptionSamples.Answers> {
    Fitted(stage: stage, temperature: 1, answers: samples.answers(try captions(samples.inputs)))
  }
}
