import Cascade
import Classification
import Content
import Encoders
import Evaluation
import SmallModel

/// A small model as rounds of distillation teach and judge it: `StageModel` answers with labels, `CaptionStageModel` with
/// captions. A round is the same for both; what differs stands here.
package protocol DistilledModel: Sendable {
  /// What it is judged on.
  associatedtype Samples: JudgedSamples
  /// What computes in it.
  associatedtype Network: Sendable
  /// What it learns from.
  associatedtype Examples: Sendable
  /// What it makes of one input.
  associatedtype Opinion: Sendable

  /// Its place and δ.
  var stage: CascadeStage { get }
  /// What is known of it.
  var card: ModelCard { get }
  /// What it needs of an input.
  var reads: Set<Input.Kind> { get }
  /// The labels that it answers with; `nil` where it captions.
  var labels: LabelIndex? { get }
  /// δ_l where the rule names none.
  static var largeThreshold: Float { get }

  /// The stage with what it makes of samples.
  func fitted(on samples: Samples) throws -> Fitted<Samples.Answers>

  /// The rows whose truth it could say.
  func known(_ rows: [HeldOutRow]) -> [HeldOutRow]
  /// Rows as it is judged on them.
  /// - Throws: `EvaluationError` for a row whose truth it cannot say.
  func samples(_ rows: [HeldOutRow]) throws -> Samples

  /// What it makes of inputs, [inputs].
  func opinions(_ inputs: [Input]) throws -> [Opinion]
  /// What of that decides who teaches.
  func brief(_ opinion: Opinion) -> SpecificOpinion

  /// What people know to be right.
  func lesson(_ rows: [(input: Input, truth: Truth)]) throws -> Examples
  /// Stage 1: what the large model answered.
  func lesson(ofLarge answers: [StreamAnswer]) -> Examples
  /// Stage 2: what this model, S1, makes of inputs.
  func lesson(_ opinions: [(input: Input, opinion: Opinion)]) throws -> Examples

  /// How S2 is trained by a rule.
  func training(_ rule: Distillation.Rule) -> TrainingSettings
  /// Where S2 starts after S1, which this is.
  /// - Parameter last: the S2 in force.
  func start(after last: Self?, _ rule: Distillation.Rule) -> LessonStart<Self>
  /// Trains S2 on batches of the sources in turn.
  static func trained(
    _ start: LessonStart<Self>, on sources: [Examples], settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> Network

  /// S2 after S1, which this is: ready to answer, and with a confidence that means something; δ2 is yet to be found.
  /// - Parameter passedOn: what S1 passes on of the samples.
  func student(_ network: Network, _ card: ModelCard, judgedOn samples: Samples, passedOn: [Int]) throws -> Self
  /// The model as it is stored, with what was fitted of it.
  /// - Parameter answers: what it says of the samples.
  func stored(_ fit: StageFit, _ answers: Samples.Answers, on samples: Samples) throws -> StoredSmallModel
}

/// Where S2 starts.
package enum LessonStart<Model: DistilledModel>: Sendable {
  /// From a model that there is.
  case model(Model)
  /// From nothing, in the place of S1, with the rows' labels as its sources hold them.
  case nothing(any NetworkRecipe, insteadOf: Model)

  /// The version that S2 goes on from; `nil` where it starts from nothing.
  var parent: String? {
    switch self {
    case .model(let model): model.card.version
    case .nothing: nil
    }
  }
}
