import Cascade

extension ModelCard {
  /// The key in `thresholds` of δ, the shunt threshold.
  public static let shuntThreshold = "shunt"

  /// The model's place in a cascade, at the shunt threshold of its card.
  /// - Throws: `SmallModelError` where the card has no threshold.
  public func stage(_ answeredBy: AnsweredBy) throws(SmallModelError) -> CascadeStage {
    guard let threshold = thresholds[Self.shuntThreshold] else {
      throw SmallModelError("\(version) has no shunt threshold; run 'shunt calibrate' on it")
    }
    return CascadeStage(answeredBy: answeredBy, version: version, threshold: Float(threshold))
  }
}

extension SmallModelArtifact {
  /// The model's place in a cascade, at the shunt threshold of its card.
  /// - Throws: `SmallModelError` where the card has no threshold.
  public func stage(_ answeredBy: AnsweredBy) throws(SmallModelError) -> CascadeStage { try card.stage(answeredBy) }
}

extension SmallModelCascade {
  /// A stored model and the part it plays.
  public typealias Stored = (answeredBy: AnsweredBy, artifact: SmallModelArtifact)

  /// The cascade of some artifacts, each at the temperature and the shunt threshold of its card.
  /// - Parameter artifacts: in order, S1 first.
  /// - Throws: `SmallModelError` where a card has no threshold, or where the artifacts do not fit each other; what keeps
  ///   one from answering.
  public init(_ artifacts: [Stored], options: PredictorOptions = PredictorOptions()) throws {
    try self.init(artifacts, predictors: artifacts.map { try $0.artifact.predictor(options) })
  }

  /// The same with what was made ready to answer before, [artifacts].
  public init(_ artifacts: [Stored], predictors: [any SmallModelPredictor]) throws {
    let labels = try Self.labels(of: artifacts)
    let members = try zip(artifacts, predictors).map { stored, predictor in
      Member(
        stage: try stored.artifact.stage(stored.answeredBy), temperature: Float(stored.artifact.card.temperature),
        predictor: predictor)
    }
    try self.init(labels: labels, members: members)
  }

  /// The labels that all of some artifacts answer with, in one order.
  /// - Throws: `SmallModelError` where there is none, or one has others.
  public static func labels(of artifacts: [Stored]) throws(SmallModelError) -> [String] {
    guard let first = artifacts.first?.artifact.card else {
      throw SmallModelError("a cascade needs at least one small model")
    }
    for (_, artifact) in artifacts where artifact.card.labels != first.labels {
      throw SmallModelError("\(artifact.card.version) has other labels than \(first.version)")
    }
    return first.labels
  }
}
