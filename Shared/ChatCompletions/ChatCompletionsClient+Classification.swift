import LargeModel
import LargeModelFlow

/// An answer, and how it came about.
public struct ChatCompletionsAnswer: Sendable, Equatable {
  /// The answer as any large model gives it.
  public let answer: LargeModelAnswer
  /// Where its probabilities come from.
  public let confidenceSource: ConfidenceSource
  /// HTTP requests that it took.
  public let requests: Int
  /// What the attempts that failed on the way failed with.
  public let failures: [String]
  /// Tokens and cost of all attempts.
  public let usage: Usage
}

extension ChatCompletionsClient {
  /// Answers a sample, or says what every attempt failed with.
  /// - Throws: `CancellationError` alone.
  public func classify(
    _ request: LargeModelRequest
  ) async throws -> Result<ChatCompletionsAnswer, ChatCompletionsError> {
    let log = AttemptLog()
    do {
      try check(request)
      let (shares, source) = try await clock.withTimeout(settings.timeouts.answer) { [self] in
        try await distribution(request, among: request.candidates, log: log)
      }
      return .success(answer(request, shares, source, log))
    } catch let error as ChatCompletionsError {
      return .failure(error)
    } catch let failure as AttemptFailure {
      let isUnavailable = failure.outcome != .success ? await isAway : false
      return .failure(
        error("no answer after \(log.failures.count) failed attempts; the last: \(failure.reason)", log, isUnavailable))
    } catch is DeadlineExceeded {
      let isUnavailable = log.requests == 0 ? true : await isAway
      return .failure(error("no answer within \(settings.timeouts.answer)", log, isUnavailable))
    }
  }

  private func error(_ description: String, _ log: AttemptLog, _ isUnavailable: Bool) -> ChatCompletionsError {
    ChatCompletionsError(description, attempts: log.failures, usage: log.usage, isUnavailable: isUnavailable)
  }

  /// What asking about a sample once is estimated to cost, rather too much.
  public func estimatedCost(_ request: LargeModelRequest) -> Double {
    let groups = Rounds.groups(request.candidates, size: groupSize)
    guard request.candidates.count > 1, settings.prices != .init() else { return 0 }
    let costs = groups.map { question(request, among: $0).estimatedCost(settings.prices) }
    // The groups' winners are asked about in a last round that is no longer than the longest group's.
    let last = groups.count > 1 ? costs.reduce(0, max) : 0
    return (costs.reduce(0, +) + last) * Double(settings.samples)
  }

  private func check(_ request: LargeModelRequest) throws(ChatCompletionsError) {
    let candidates = request.candidates
    guard !candidates.isEmpty, candidates.allSatisfy(labels.indices.contains) else {
      throw ChatCompletionsError("candidates: \(candidates) must be indices into the task's \(labels.count) labels")
    }
    guard Set(candidates).count == candidates.count else {
      throw ChatCompletionsError("candidates: \(candidates) has some twice")
    }
    if let prior = request.prior, prior.count != labels.count {
      throw ChatCompletionsError("prior: it has \(prior.count) values, the task \(labels.count) labels")
    }
  }

  /// [among], from one question or as many rounds as it takes (see `Rounds`).
  private func distribution(
    _ request: LargeModelRequest, among candidates: [Int], log: AttemptLog
  ) async throws -> (shares: [Float], source: ConfidenceSource) {
    guard candidates.count > 1 else { return ([1], .tokens) }
    let groups = Rounds.groups(candidates, size: groupSize)
    guard groups.count > 1 else { return try await ask(request, among: candidates, log: log) }
    let answers = try await withThrowingTaskGroup(of: (Int, [Float], ConfidenceSource).self) { tasks in
      for (index, group) in groups.enumerated() {
        tasks.addTask { [self] in
          let (shares, source) = try await distribution(request, among: group, log: log)
          return (index, shares, source)
        }
      }
      return try await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
    }
    let shares = answers.map { $0.1 }
    let winners = zip(groups, Rounds.winners(shares)).map { $0[$1] }
    let final = try await distribution(request, among: winners, log: log)
    let source = answers.map { $0.2 }.reduce(final.source, min)
    return (Rounds.combined(groups: shares, final: final.shares), source)
  }

  private var groupSize: Int {
    switch settings.mode {
    case .token: settings.topLogprobs > 0 ? settings.topLogprobs : Prompt.letters.count
    case .jsonSchema: labels.count
    }
  }

  /// One question, asked as often as the settings say.
  private func ask(
    _ request: LargeModelRequest, among candidates: [Int], log: AttemptLog
  ) async throws -> (shares: [Float], source: ConfidenceSource) {
    let names = candidates.map { labels[$0] }
    let chat = question(request, among: candidates)
    let mode = settings.mode
    var votes: [Vote] = []
    while votes.count < settings.samples {
      votes.append(
        try await ask(chat, log: log) { reply throws(AttemptFailure) in
          switch mode {
          case .token: try TokenAnswer.vote(reply, candidates: names.count)
          case .jsonSchema: try StructuredAnswer.vote(reply, labels: names)
          }
        })
    }
    let (probabilities, source) = votes.distribution(candidates: names.count)
    return (probabilities, source)
  }

  private func question(_ request: LargeModelRequest, among candidates: [Int]) -> ChatRequest {
    let names = candidates.map { labels[$0] }
    let prompt = Prompt(
      settings: settings, text: request.text, labels: names,
      probabilities: request.prior.map { prior in candidates.map { prior[$0] } })
    return ChatRequest(prompt, settings: settings, labels: names)
  }

  private func answer(
    _ request: LargeModelRequest, _ shares: [Float], _ source: ConfidenceSource, _ log: AttemptLog
  ) -> ChatCompletionsAnswer {
    var probabilities = [Float](repeating: 0, count: labels.count)
    for (candidate, share) in zip(request.candidates, shares) { probabilities[candidate] = share }
    let best = shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }
    let usage = log.usage
    return ChatCompletionsAnswer(
      answer: LargeModelAnswer(
        label: request.candidates[best], probabilities: probabilities, promptTokens: usage.promptTokens,
        completionTokens: usage.completionTokens, cost: usage.cost),
      confidenceSource: source, requests: log.requests, failures: log.failures, usage: usage)
  }
}
