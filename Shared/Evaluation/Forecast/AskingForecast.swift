import LargeModel

/// What asking a large model some questions is taken to need: tokens, money and time, before anything is asked.
public struct AskingForecast: Sendable, Equatable, Codable {
  /// What is likely, and what it is at most.
  public struct Amount: Sendable, Equatable, Codable {
    /// By the usual length of a token.
    public var likely: Double
    /// With tokens shorter than they usually are, and the longest answers.
    public var most: Double

    /// So much.
    public init(likely: Double, most: Double) { (self.likely, self.most) = (likely, most) }
  }

  /// Samples that it is asked about.
  public var questions: Amount
  /// HTTP requests; 0 for a model in this process.
  public var requests: Amount
  /// Tokens that go in.
  public var promptTokens: Amount
  /// Tokens that come out.
  public var completionTokens: Amount
  /// In US dollars; `nil` where nobody knows, for the task has no prices.
  public var cost: Amount?
  /// The shortest time that the task's limits a minute allow, in seconds; `nil` where it has none.
  public var seconds: Amount?

  /// Questions whose estimates are summed in `sum`.
  /// - Parameters:
  ///   - count: how many questions they are.
  ///   - likely: how many times so many there will be; `most`: at most.
  public init(
    _ sum: QuestionEstimate, count: Int, times likely: Double = 1, atMost most: Double? = nil, traits: LargeModelTraits
  ) {
    let most = most ?? likely
    func amount(_ first: Int, _ second: Int) -> Amount {
      Amount(likely: Double(first) * likely, most: Double(second) * most)
    }
    questions = amount(count, count)
    requests = amount(sum.requests, sum.requests)
    promptTokens = amount(sum.likely.promptTokens, sum.most.promptTokens)
    completionTokens = amount(sum.likely.completionTokens, sum.most.completionTokens)
    cost = traits.hasPrice ? Amount(likely: sum.likely.cost * likely, most: sum.most.cost * most) : nil
    seconds = nil
    seconds = traits.hasLimits ? Amount(likely: seconds(traits, \.likely), most: seconds(traits, \.most)) : nil
  }

  private func seconds(_ traits: LargeModelTraits, _ part: KeyPath<Amount, Double>) -> Double {
    let tokens = promptTokens[keyPath: part] + completionTokens[keyPath: part]
    let byRequests = traits.requestsPerMinute.map { requests[keyPath: part] / $0 } ?? 0
    let byTokens = traits.tokensPerMinute.map { tokens / $0 } ?? 0
    return max(byRequests, byTokens) * 60
  }
}

extension LargeModelTraits {
  fileprivate var hasLimits: Bool { requestsPerMinute != nil || tokensPerMinute != nil }
}
