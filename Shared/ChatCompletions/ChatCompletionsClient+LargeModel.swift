import Concurrency
import LargeModel

extension ChatCompletionsClient: ServedLargeModel {
  /// Answers all requests at once, as far as the settings' concurrency lets them.
  public func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try await requests.concurrentMap { [self] request in
      let answer =
        switch settings.reply {
        case .label: try await classify(request)
        case .caption: try await caption(request)
        }
      return answer.map(\.answer).mapError(LargeModelError.init)
    }
  }

  /// What asking about a sample once is taken to need.
  public func estimate(_ request: LargeModelRequest) -> QuestionEstimate {
    do throws(ChatCompletionsError) {
      return switch settings.reply {
      case .label: try estimateOfLabel(request)
      case .caption: try captionQuestion(request).estimate(settings.prices)
      }
    } catch {
      // A question that cannot be put is not asked.
      return QuestionEstimate()
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
