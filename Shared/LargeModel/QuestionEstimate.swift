/// What asking a server about one sample is taken to need, before it is asked.
public struct QuestionEstimate: Sendable, Equatable {
  /// Tokens, and what they cost.
  public struct Usage: Sendable, Equatable {
    /// Tokens that go in.
    public var promptTokens = 0
    /// Tokens that come out.
    public var completionTokens = 0
    /// In US dollars, by the settings' prices; 0 without prices.
    public var cost = 0.0

    /// Nothing, unless said.
    public init(promptTokens: Int = 0, completionTokens: Int = 0, cost: Double = 0) {
      (self.promptTokens, self.completionTokens, self.cost) = (promptTokens, completionTokens, cost)
    }

    fileprivate static func + (left: Usage, right: Usage) -> Usage {
      Usage(
        promptTokens: left.promptTokens + right.promptTokens,
        completionTokens: left.completionTokens + right.completionTokens, cost: left.cost + right.cost)
    }

    fileprivate func times(_ count: Int) -> Usage {
      Usage(
        promptTokens: promptTokens * count, completionTokens: completionTokens * count, cost: cost * Double(count))
    }
  }

  /// HTTP requests: more than one where candidates go in rounds, or a question is asked several times.
  public var requests: Int
  /// By the usual length of a token.
  public var likely: Usage
  /// Rather too much: budgets and limits are held to it.
  public var most: Usage

  /// An estimate; nothing at all unless said.
  public init(requests: Int = 0, likely: Usage = Usage(), most: Usage = Usage()) {
    (self.requests, self.likely, self.most) = (requests, likely, most)
  }

  /// The sum.
  public static func + (left: QuestionEstimate, right: QuestionEstimate) -> QuestionEstimate {
    QuestionEstimate(
      requests: left.requests + right.requests, likely: left.likely + right.likely, most: left.most + right.most)
  }

  /// The same asked so many times.
  public func times(_ count: Int) -> QuestionEstimate {
    QuestionEstimate(requests: requests * count, likely: likely.times(count), most: most.times(count))
  }
}
