import Cascade

extension ModelCard {
  /// The key in `thresholds` of δ, the shunt threshold.
  public static let shuntThreshold = "shunt"
}

extension SmallModelArtifact {
  /// The model's place in a cascade, at the shunt threshold of its card.
  /// - Throws: `SmallModelError` where the card has no threshold.
  public func stage(_ answeredBy: AnsweredBy) throws(SmallModelError) -> CascadeStage {
    guard let threshold = card.thresholds[ModelCard.shuntThreshold] else {
      throw SmallModelError("\(card.version) has no shunt threshold; run 'shunt calibrate' on it")
    }
    return CascadeStage(answeredBy: answeredBy, version: card.version, threshold: Float(threshold))
  }
}

extension SmallModelCascade {
  /// A stored model and the part it plays.
  public typealias Stored = (answeredBy: AnsweredBy, artifact: SmallModelArtifact)

  /// The cascade of some artifacts, each at the temperature and the shunt threshold of its card.
  /// - Parameter artifacts: in order, S1 first.
  /// - Throws: `SmallModelError` where a card has no threshold, or where the artifacts do not fit each other; what keeps
  ///   one from answering.
  public init(_ artifacts: [Stored], options: PredictorOptions = PredictorOptions()) throws {
    guard let first = artifacts.first?.artifact else {
      throw SmallModelError("a cascade needs at least one small model")
    }
    let members = try artifacts.map { answeredBy, artifact in
      guard artifact.card.labels == first.card.labels else {
        throw SmallModelError("\(artifact.card.version) has other labels than \(first.card.version)")
      }
      return Member(
        stage: try artifact.stage(answeredBy), temperature: Float(artifact.card.temperature),
        predictor: try artifact.predictor(options))
    }
    try self.init(labels: first.card.labels, members: members)
  }
}
