import LargeModel

extension ChatCompletionsClient {
  /// Describes a sample in a sentence, or says what every attempt failed with.
  /// - Throws: `CancellationError` alone.
  public func caption(
    _ request: LargeModelRequest
  ) async throws -> Result<ChatCompletionsAnswer, ChatCompletionsError> {
    try await answered { [self] log in
      let written = try await ask(captionQuestion(request), log: log) { reply throws(AttemptFailure) in
        try WrittenCaption(reply)
      }
      let usage = log.usage
      return ChatCompletionsAnswer(
        answer: LargeModelAnswer(
          caption: written.caption, confidence: written.confidence, promptTokens: usage.promptTokens,
          completionTokens: usage.completionTokens, cost: usage.cost),
        confidenceSource: written.confidence == nil ? .none : .tokens, requests: log.requests, failures: log.failures,
        usage: usage)
    }
  }

  func estimatedCostOfCaption(_ request: LargeModelRequest) -> Double {
    guard settings.prices != .init() else { return 0 }
    do { return try captionQuestion(request).estimatedCost(settings.prices) } catch {
      // A question that cannot be put is not asked.
      return 0
    }
  }

  private func captionQuestion(_ request: LargeModelRequest) throws(ChatCompletionsError) -> ChatRequest {
    let prompt = try Prompt(captionOf: request.input, settings: settings, suggestion: request.suggestion)
    return ChatRequest(prompt, settings: settings, labels: [])
  }
}
