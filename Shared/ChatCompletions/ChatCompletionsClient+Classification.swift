import Concurrency
import LargeModel

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
    try await answered { [self] log in
      try check(request)
      return answer(request, try await tally(request, among: request.candidates, log: log), log)
    }
  }

  /// What `body` gives within a sample's time, or what its attempts failed with.
  /// - Throws: `CancellationError` alone.
  func answered(
    _ body: @escaping @Sendable (AttemptLog) async throws -> ChatCompletionsAnswer
  ) async throws -> Result<ChatCompletionsAnswer, ChatCompletionsError> {
    let log = AttemptLog(deadline: clock.now + settings.timeouts.answer)
    do {
      return .success(try await clock.withTimeout(settings.timeouts.answer) { try await body(log) })
    } catch let error as ChatCompletionsError {
      return .failure(error)
    } catch let failure as AttemptFailure {
      return .failure(
        ChatCompletionsError(
          "no answer after \(log.failures.count) failed attempts; the last: \(failure.reason)", log, failure))
    } catch is DeadlineExceeded {
      return .failure(await late(log))
    }
  }

  /// The error of a sample whose time is over: what its attempts failed with, or what kept it from being asked about.
  private func late(_ log: AttemptLog) async -> ChatCompletionsError {
    let failure = await admission.pause?.failure ?? log.lastFailure
    let what = failure.map { "; the last: \($0.reason)" } ?? "; the limits leave no room, or the answers take longer"
    return ChatCompletionsError(
      "no answer within \(settings.timeouts.answer)\(what)", log, failure ?? .timedOut("no answer in time"))
  }

  /// What classifying a sample once is taken to need.
  /// - Throws: `ChatCompletionsError` for a question that cannot be put.
  func estimateOfLabel(_ request: LargeModelRequest) throws(ChatCompletionsError) -> QuestionEstimate {
    guard request.candidates.count > 1 else { return QuestionEstimate() }
    var rounds: [QuestionEstimate] = []
    for group in Rounds.groups(request.candidates, size: groupSize) {
      rounds.append(try question(request, among: group).estimate(settings.prices))
    }
    // The groups' winners are asked about in a last round that is no longer than the longest group's.
    if rounds.count > 1, let longest = rounds.max(by: { $0.most.promptTokens < $1.most.promptTokens }) {
      rounds.append(longest)
    }
    return rounds.reduce(QuestionEstimate(), +).times(settings.samples)
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

  /// From one question or as many rounds as it takes (see `Rounds`).
  private func tally(
    _ request: LargeModelRequest, among candidates: [Int], log: AttemptLog
  ) async throws -> Tally {
    guard candidates.count > 1 else { return Tally([1], .tokens) }
    let groups = Rounds.groups(candidates, size: groupSize)
    guard groups.count > 1 else { return try await ask(request, among: candidates, log: log) }
    let tallies = try await groups.concurrentMap { [self] in try await tally(request, among: $0, log: log) }
    let winners = zip(groups, tallies).map { $0[$1.candidate] }
    let final = try await tally(request, among: winners, log: log)
    return Rounds.combined(groups: tallies, sizes: groups.map(\.count), final: final)
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
  ) async throws -> Tally {
    let names = candidates.map { labels[$0] }
    let chat = try question(request, among: candidates)
    let mode = settings.mode
    let answers = WrittenAnswer(names, hasLetters: mode == .token)
    var votes: [Vote] = []
    while votes.count < settings.samples {
      votes.append(
        try await ask(chat, log: log) { reply throws(AttemptFailure) in
          switch mode {
          case .token: try TokenAnswer.vote(reply, answers, candidates: names.count)
          case .jsonSchema: try StructuredAnswer.vote(reply, answers)
          }
        })
    }
    return Tally(votes, candidates: names.count)
  }

  private func question(
    _ request: LargeModelRequest, among candidates: [Int]
  ) throws(ChatCompletionsError) -> ChatRequest {
    let names = candidates.map { labels[$0] }
    let prompt = try Prompt(
      settings: settings, input: request.input, labels: names,
      probabilities: request.prior.map { prior in candidates.map { prior[$0] } })
    return ChatRequest(prompt, settings: settings, labels: names)
  }

  private func answer(
    _ request: LargeModelRequest, _ tally: Tally, _ log: AttemptLog
  ) -> ChatCompletionsAnswer {
    let probabilities = tally.probabilities.map { shares in
      var probabilities = [Float](repeating: 0, count: labels.count)
      for (candidate, share) in zip(request.candidates, shares) { probabilities[candidate] = share }
      return probabilities
    }
    let usage = log.usage
    return ChatCompletionsAnswer(
      answer: LargeModelAnswer(
        label: request.candidates[tally.candidate], probabilities: probabilities, promptTokens: usage.promptTokens,
        completionTokens: usage.completionTokens, cost: usage.cost),
      confidenceSource: tally.source, requests: log.requests, failures: log.failures, usage: usage)
  }
}
