import Concurrency
import Content
import Encoders
import Foundation
import LargeModel
import SmallModel

extension LargeModelKind {
  /// A larger captioner of one's own, trained on other pictures than the small one.
  static let captioner = LargeModelKind(
    replies: [.caption],
    traits: { _ in
      var traits = LargeModelTraits()
      traits.reads = [.image]
      (traits.needsCaptioner, traits.takesFewerCandidates) = (true, false)
      traits.readsProbabilities = true
      return traits
    }
  ) { task, parts in
    let artifact = try parts.captioner ?? trained(task)
    let options = PredictorOptions(encoders: EncoderLibrary(parts.models))
    let suggested = SuggestedCaption(weight: task.largeModel.suggestionWeight)
    // Models of one version answer alike.
    let version =
      task.pruning.mode == .soft ? "\(artifact.card.version)+suggested-\(suggested.weight)" : artifact.card.version
    return CaptionerModel(version: version, predictor: try artifact.predictor(options), suggested: suggested)
  }

  private static func trained(_ task: TaskDefinition) throws -> CaptionerArtifact {
    guard let file = task.largeModel.captionerFile else {
      throw TaskError(
        "task \(task.name): large_model.captioner.file must name the trained captioner; 'shunt train' makes it")
    }
    return try CaptionerArtifact(contentsOf: URL(fileURLWithPath: file))
  }
}

/// A captioner of this process as a large model.
actor CaptionerModel: LargeModel {
  nonisolated let version: String
  private let predictor: any CaptionPredictor
  private let suggested: SuggestedCaption
  private nonisolated let thread = DedicatedThread(name: "captioner")

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(version: String, predictor: any CaptionPredictor, suggested: SuggestedCaption) {
    (self.version, self.predictor, self.suggested) = (version, predictor, suggested)
  }

  func answer(_ requests: [LargeModelRequest]) throws -> [Result<LargeModelAnswer, LargeModelError>] {
    let readable = requests.indices.filter { requests[$0].input.image?.fetched != nil }
    let candidates = try predictor.candidates(readable.map { requests[$0].input })
    var answers = [Result<LargeModelAnswer, LargeModelError>](
      repeating: .failure(LargeModelError(.noAnswer, "there is no image, which the captioner reads")),
      count: requests.count)
    for (index, candidates) in zip(readable, candidates) {
      let caption = suggested.choice(of: candidates, requests[index].suggestion)
      answers[index] =
        caption.text.isEmpty
        ? .failure(LargeModelError(.noAnswer, "the captioner said nothing"))
        : .success(
          LargeModelAnswer(
            caption: caption.text, confidence: caption.confidence, promptTokens: 0, completionTokens: 0, cost: 0))
    }
    return answers
  }
}
