/// Tokens, and what they cost.
public struct Usage: Sendable, Equatable {
  /// Tokens that went in.
  public var promptTokens: Int
  /// Tokens that came out.
  public var completionTokens: Int
  /// In US dollars, as the settings' prices are.
  public var cost: Double
  /// Whether the server named no tokens somewhere, so that they are estimated by the length of the texts,
  /// and by `image_tokens` for pictures.
  public var isEstimated: Bool

  /// Nothing, unless said.
  public init(promptTokens: Int = 0, completionTokens: Int = 0, cost: Double = 0, isEstimated: Bool = false) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
    self.isEstimated = isEstimated
  }

  /// Tokens at their prices.
  init(promptTokens: Int, completionTokens: Int, isEstimated: Bool, prices: ChatCompletionsSettings.Prices) {
    self.init(
      promptTokens: promptTokens, completionTokens: completionTokens,
      cost: (Double(promptTokens) * prices.prompt + Double(completionTokens) * prices.completion) / 1_000_000,
      isEstimated: isEstimated)
  }

  /// The sum; estimated where one of both is.
  static func += (left: inout Usage, right: Usage) {
    // A server's numbers are a stranger's: a sum must neither trap nor be more than can be recorded.
    left.promptTokens = min(left.promptTokens + right.promptTokens, Int(Int32.max))
    left.completionTokens = min(left.completionTokens + right.completionTokens, Int(Int32.max))
    left.cost += right.cost
    left.isEstimated = left.isEstimated || right.isEstimated
  }
}
