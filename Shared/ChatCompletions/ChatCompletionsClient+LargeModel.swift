import LargeModel

extension ChatCompletionsClient: ServedLargeModel {
  /// Answers all requests at once, as far as the settings' concurrency lets them.
  public func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try await withThrowingTaskGroup(of: (Int, Result<LargeModelAnswer, LargeModelError>).self) { group in
      for (index, request) in requests.enumerated() {
        group.addTask { [self] in (index, try await classify(request).map(\.answer).mapError(LargeModelError.init)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map { $0.1 }
    }
  }
}

extension LargeModelError {
  /// A sample without an answer, with every attempt's reason.
  init(_ error: ChatCompletionsError) {
    self.init(
      error.isUnavailable ? .unavailable : .noAnswer, error.description, attempts: error.attempts,
      cost: error.usage.cost, blame: error.blame, cause: error.cause, reason: error.reason,
      retryAfter: error.retryAfter)
  }
}
