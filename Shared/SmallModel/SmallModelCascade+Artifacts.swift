import Cascade

extension ModelCard {
  /// The key in `thresholds` of δ, the shunt threshold.
  public static let shuntThreshold = "shunt"
}

extension SmallModelCascade {
  /// A stored model and the part it plays.
  public typealias Stored = (answeredBy: AnsweredBy, artifact: SmallModelArtifact)

  /// The cascade of some artifacts, each at the temperature and the shunt threshold of its card.
  /// - Parameters:
  ///   - artifacts: S1, then S2 where there is one.
  ///   - memoryBound: bytes that each one's folded rows may take, at most.
  /// - Throws: `SmallModelError` where a card has no threshold, or where the artifacts do not fit each other.
  public init(
    _ artifacts: [Stored],
    precision: FoldedTextCNN.Precision = .float16, memoryBound: Int = 128 << 20
  ) throws(SmallModelError) {
    guard let first = artifacts.first?.artifact else {
      throw SmallModelError("a cascade needs at least one small model")
    }
    var members: [Member] = []
    for (answeredBy, artifact) in artifacts {
      guard artifact.card.labels == first.card.labels else {
        throw SmallModelError("\(artifact.card.version) has other labels than \(first.card.version)")
      }
      guard let threshold = artifact.card.thresholds[ModelCard.shuntThreshold] else {
        throw SmallModelError("\(artifact.card.version) has no shunt threshold; run 'shunt calibrate' on it")
      }
      let stage = CascadeStage(
        answeredBy: answeredBy, version: artifact.card.version, threshold: Float(threshold))
      let network = try FoldedTextCNN(
        artifact.network, precision: precision, memoryBound: memoryBound, tokenCounts: artifact.tokenCounts)
      members.append(Member(stage: stage, temperature: Float(artifact.card.temperature), network: network))
    }
    try self.init(
      labels: first.card.labels, members: members, tokenizer: first.tokenizer,
      maximumTokens: first.card.training.maximumTokens)
  }
}
