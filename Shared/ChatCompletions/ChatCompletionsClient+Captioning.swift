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

  func captionQuestion(_ request: LargeModelRequest) throws(ChatCompletionsError) -> ChatRequest {
    let prompt = try Prompt(captionOf: request.input, settings: settings, suggestion: request.suggestion)
    return ChatRequest(prompt, settings: settings, labels: [])
  }
}
