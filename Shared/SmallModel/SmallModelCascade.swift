import Cascade
import Classification
import Content
import Images

/// The small models of a task in force, ready to answer, in the order of `AnsweredBy`. The router and the offline
/// evaluation answer with the same code, which is this.
public struct SmallModelCascade: Sendable {
  /// The task's labels.
  public let labels: LabelIndex
  /// Who answers at which threshold, in order.
  public private(set) var stages: [CascadeStage]
  /// What its models need of an input, together.
  public let reads: Set<Input.Kind>
  private let temperatures: [Float]
  private let predictors: [any SmallModelPredictor]

  /// One small model and its place.
  public struct Member: Sendable {
    let stage: CascadeStage
    let temperature: Float
    let predictor: any SmallModelPredictor

    /// A network that answers at a stage, its logits divided by `temperature`, above 0.
    public init(stage: CascadeStage, temperature: Float, predictor: any SmallModelPredictor) {
      self.stage = stage
      self.temperature = temperature
      self.predictor = predictor
    }
  }

  /// Of a task that has no small model: every input is hard.
  public static let none = SmallModelCascade()

  private init() {
    (labels, stages, reads, temperatures, predictors) = (LabelIndex([]), [], [], [], [])
  }

  /// - Parameter members: in order.
  /// - Throws: `SmallModelError` where a member does not fit the labels.
  public init(labels: [String], members: [Member]) throws(SmallModelError) {
    for member in members where member.predictor.labelCount != labels.count {
      throw SmallModelError(
        "version \(member.stage.version) answers with \(member.predictor.labelCount) labels, the task has "
          + "\(labels.count)")
    }
    self.labels = LabelIndex(labels)
    stages = members.map(\.stage)
    temperatures = members.map(\.temperature)
    predictors = members.map(\.predictor)
    reads = members.reduce(into: []) { $0.formUnion($1.predictor.reads) }
  }

  /// The same models, some of them at another δ.
  func with(_ thresholds: [AnsweredBy: Float]) -> SmallModelCascade {
    var cascade = self
    cascade.stages = stages.map { $0.with(thresholds[$0.answeredBy]) }
    return cascade
  }

  /// Sends inputs through the small models, each seeing only what the ones before it were unsure of. It blocks the
  /// caller's thread while they compute.
  /// - Parameter pictures: what the images of all inputs decode to, [inputs], where the caller has decoded them to see
  ///   whether they can be; without them each is decoded once a network asks for it.
  public func shunt(
    _ inputs: [Input], pictures: [Picture] = [], scratch: PredictionScratch
  ) throws -> ClassifiedBatch {
    scratch.begin(inputs, pictures: pictures)
    return try ClassifiedBatch(
      count: inputs.count, stages: stages, temperatures: temperatures, classCount: labels.names.count
    ) { stage, samples, logits in
      try predictors[stage].predict(samples, of: inputs, into: logits, scratch: scratch)
    }
  }
}
