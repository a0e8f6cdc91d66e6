/// An answered sample that a person might label.
public struct LabelCandidate: Sendable, Equatable {
  /// What a model says, and how sure it is, 0 to 1; `nil` where it does not tell.
  public struct Opinion: Sendable, Equatable {
    /// A label, or a caption.
    public var reply: String
    /// 0 to 1.
    public var confidence: Float?

    /// An opinion.
    public init(_ reply: String, confidence: Float?) { (self.reply, self.confidence) = (reply, confidence) }
  }

  /// The sample's id.
  public var id: String
  /// Its text, where it has one.
  public var text: String?
  /// What tells its picture from others, where it has one.
  public var picture: String?
  /// The answer that stands.
  public var answer: Opinion
  /// What the specific model says; `nil` where it was not asked.
  public var specific: Opinion?
  /// What the large model says; `nil` where it was not asked.
  public var large: Opinion?

  /// A candidate.
  public init(
    id: String, text: String?, picture: String? = nil, answer: Opinion, specific: Opinion?, large: Opinion?
  ) {
    (self.id, self.text, self.picture, self.answer) = (id, text, picture, answer)
    (self.specific, self.large) = (specific, large)
  }

  /// Why a person's word is worth something here.
  public enum Reason: Sendable, Equatable {
    /// The small and the large model say different things, and the small one is sure: one of them errs, and it may be the
    /// large one.
    case likelyMistake
    /// They say different things.
    case disagreement
    /// Who answered was unsure.
    case doubt
  }

  /// A sure small model's confidence.
  static let sure: Float = 0.8

  /// Why a person's word is worth something here.
  public var reason: Reason {
    guard let specific, let large, specific.reply != large.reply else { return .doubt }
    return (specific.confidence ?? 0) >= Self.sure ? .likelyMistake : .disagreement
  }

  /// How much a person's word is worth, 0 to 1: what is not sure, or, where the models disagree, the more the surer the
  /// small one is. Nobody knows how sure an answer without confidence is.
  var worth: Double {
    switch reason {
    case .likelyMistake, .disagreement: 0.5 + Double(specific?.confidence ?? 0) / 2
    case .doubt: 1 - Double(answer.confidence ?? 0.5)
    }
  }
}
