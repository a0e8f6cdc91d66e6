import Cascade
import Content
import Images

/// The captioners of a task in force, ready to answer, in the order of `AnsweredBy`. The router and the offline evaluation
/// answer with the same code, which is this.
public struct CaptionCascade: Sendable {
  /// One captioner and its place.
  public struct Member: Sendable {
    let stage: CascadeStage
    let predictor: any CaptionPredictor

    /// A captioner that answers at a stage.
    public init(stage: CascadeStage, predictor: any CaptionPredictor) {
      (self.stage, self.predictor) = (stage, predictor)
    }
  }

  /// Who answers at which threshold, in order.
  public private(set) var stages: [CascadeStage]
  /// What its models need of an input, together.
  public let reads: Set<Input.Kind>
  private let predictors: [any CaptionPredictor]

  /// - Parameter members: in order; with none every input is hard.
  public init(_ members: [Member]) {
    stages = members.map(\.stage)
    predictors = members.map(\.predictor)
    reads = members.reduce(into: []) { $0.formUnion($1.predictor.reads) }
  }

  /// The cascade of some stored captioners, each at the shunt threshold of its card.
  /// - Parameter artifacts: in order, S1 first.
  /// - Throws: `SmallModelError` where a card has no threshold; what keeps one from answering.
  public init(
    _ artifacts: [(answeredBy: AnsweredBy, artifact: CaptionerArtifact)], options: PredictorOptions = PredictorOptions()
  ) throws {
    try self.init(
      artifacts.map { stored in
        Member(
          stage: try stored.artifact.card.stage(stored.answeredBy), predictor: try stored.artifact.predictor(options))
      })
  }

  /// The same captioners, some of them at another δ.
  func with(_ thresholds: [AnsweredBy: Float]) -> CaptionCascade {
    var cascade = self
    cascade.stages = stages.map { $0.with(thresholds[$0.answeredBy]) }
    return cascade
  }

  /// Sends inputs through the captioners, each seeing only what the ones before it were unsure of. It blocks the caller's
  /// thread while they compute.
  /// - Parameter pictures: what the images of all inputs decode to, [inputs], where the caller has decoded them; without
  ///   them each is decoded once a captioner asks for it.
  public func shunt(
    _ inputs: [Input], pictures: [Picture] = [], scratch: PredictionScratch
  ) throws -> CaptionedBatch {
    scratch.begin(inputs, pictures: pictures)
    var captions: [[GeneratedCaption]] = []
    let shunted = try Shunt.shunt(count: inputs.count, stages: stages) { stage, samples in
      let answers = samples.isEmpty ? [] : try predictors[stage].captions(samples, of: inputs, scratch: scratch)
      captions.append(answers)
      return answers.map(\.confidence)
    }
    return CaptionedBatch(shunted: shunted, captions: captions)
  }
}

/// A batch after the captioners: who is sure, and what each of them said.
public struct CaptionedBatch: Sendable {
  fileprivate let shunted: ShuntedBatch
  /// [stages][rows]
  fileprivate let captions: [[GeneratedCaption]]

  /// [samples]
  public var decisions: [ShuntedBatch.Decision] { shunted.decisions }

  /// What a stage said of a sample; `nil` where the sample was answered before it.
  public func caption(ofStage stage: Int, sample: Int) -> GeneratedCaption? {
    shunted.row(ofStage: stage, sample: sample).map { captions[stage][$0] }
  }
}
