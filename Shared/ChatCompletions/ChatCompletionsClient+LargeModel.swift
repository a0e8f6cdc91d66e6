import Concurrency
import LargeModel

extension ChatCompletionsClient: ServedLargeModel {
  /// Answers all requests at once, as far as the settings' concurrency lets them.
  public func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try await requests.concurrentMap { [self] in
      try await classify($0).map(\.answer).mapError(LargeModelError.init)
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
