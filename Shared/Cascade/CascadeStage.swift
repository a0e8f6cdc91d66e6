/// One small model's place in the cascade.
public struct CascadeStage: Sendable, Equatable {
  /// Which small model.
  public let answeredBy: AnsweredBy
  /// Its version's name.
  public let version: String
  /// δ: confidence at or above it stands.
  public let threshold: Float

  /// A stage.
  public init(answeredBy: AnsweredBy, version: String, threshold: Float) {
    self.answeredBy = answeredBy
    self.version = version
    self.threshold = threshold
  }

  /// The same stage at another δ; at its own where there is none.
  public func with(_ threshold: Float?) -> CascadeStage {
    CascadeStage(answeredBy: answeredBy, version: version, threshold: threshold ?? self.threshold)
  }
}
