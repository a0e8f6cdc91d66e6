import Cascade
import Content

/// The small models of a task in force, whatever it answers with.
public enum TaskCascade: Sendable {
  /// They choose among labels. Of a task without a small model, too: every input is hard, whatever is answered.
  case labels(SmallModelCascade)
  /// They caption.
  case captions(CaptionCascade)

  /// Who answers at which threshold, in order.
  public var stages: [CascadeStage] {
    switch self {
    case .labels(let cascade): cascade.stages
    case .captions(let cascade): cascade.stages
    }
  }

  /// What its models need of an input, together.
  public var reads: Set<Input.Kind> {
    switch self {
    case .labels(let cascade): cascade.reads
    case .captions(let cascade): cascade.reads
    }
  }

  /// The cascade of some stored models, each at the shunt threshold of its card.
  /// - Parameter models: in order, S1 first.
  /// - Throws: `SmallModelError` where one answers with labels and another with captions, or where a card has no threshold;
  ///   what keeps one from answering.
  public init(_ models: [(answeredBy: AnsweredBy, model: StoredSmallModel)], options: PredictorOptions) throws {
    let classifiers = models.compactMap { stored in stored.model.classifier.map { (stored.answeredBy, $0) } }
    let captioners = models.compactMap { stored in stored.model.captioner.map { (stored.answeredBy, $0) } }
    guard classifiers.isEmpty || captioners.isEmpty else {
      throw SmallModelError(
        "\(classifiers[0].1.card.version) answers with labels, and \(captioners[0].1.card.version) with captions")
    }
    self =
      captioners.isEmpty
      ? .labels(try SmallModelCascade(classifiers, options: options))
      : .captions(try CaptionCascade(captioners, options: options))
  }
}

extension TaskCascade {
  /// The same models, some of them at another δ.
  public func with(_ thresholds: [AnsweredBy: Float]) -> TaskCascade {
    switch self {
    case .labels(let cascade): .labels(cascade.with(thresholds))
    case .captions(let cascade): .captions(cascade.with(thresholds))
    }
  }
}

extension StoredSmallModel {
  /// The model, where it answers with labels.
  public var classifier: SmallModelArtifact? { if case .classifier(let artifact) = self { artifact } else { nil } }
  /// The model, where it answers with captions.
  public var captioner: CaptionerArtifact? { if case .captioner(let artifact) = self { artifact } else { nil } }
}
