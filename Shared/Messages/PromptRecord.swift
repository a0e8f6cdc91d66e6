import JSON

/// How a prompt was pruned, and what asking cost.
public struct PromptRecord: Sendable, Equatable {
  /// N, the task's labels.
  public var candidatesBefore: Int
  /// M, the labels that the large model was asked about.
  public var candidatesAfter: Int
  /// Of the candidates as asked without the small model: log₂ N, in bits.
  public var entropyBefore: Float
  /// Of the candidates after pruning (weighted by the small model where the prompt is soft), in bits.
  public var entropyAfter: Float
  /// Tokens that went in.
  public var promptTokens: Int
  /// Tokens that came out.
  public var completionTokens: Int
  /// In the currency of the settings' prices.
  public var cost: Double

  /// A record of one prompt.
  public init(
    candidatesBefore: Int, candidatesAfter: Int, entropyBefore: Float, entropyAfter: Float, promptTokens: Int,
    completionTokens: Int, cost: Double
  ) {
    self.candidatesBefore = candidatesBefore
    self.candidatesAfter = candidatesAfter
    self.entropyBefore = entropyBefore
    self.entropyAfter = entropyAfter
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
  }
}

extension PromptRecord {
  init(json: JSONValue) throws(JSONError) {
    candidatesBefore = try json.requiredCount("candidates_before")
    candidatesAfter = try json.requiredCount("candidates_after")
    entropyBefore = Float(try json.requiredDouble("entropy_before"))
    entropyAfter = Float(try json.requiredDouble("entropy_after"))
    promptTokens = try json.requiredCount("prompt_tokens")
    completionTokens = try json.requiredCount("completion_tokens")
    cost = try json.requiredDouble("cost")
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("candidates_before", candidatesBefore)
    writer.member("candidates_after", candidatesAfter)
    writer.member("entropy_before", entropyBefore)
    writer.member("entropy_after", entropyAfter)
    writer.member("prompt_tokens", promptTokens)
    writer.member("completion_tokens", completionTokens)
    writer.member("cost", cost)
    writer.endObject()
  }
}

extension JSONValue {
  func requiredCount(_ key: StaticString) throws(JSONError) -> Int {
    guard let count = Int(exactly: try requiredInteger(key)), count >= 0 else {
      throw JSONError("field \"\(key)\" is negative; it must be 0 or more")
    }
    return count
  }
}
