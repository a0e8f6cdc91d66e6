import Concurrency
import LargeModel
import LargeModelFlow
import Logging
import Synchronization

/// Asks a chat-completions server, within the settings' limits, and holds what it says to the candidates.
///
/// One client serves one task in one process. Its connections are closed by `shutdown`, which `withClient` calls, or
/// else when nobody holds it any more.
public final class ChatCompletionsClient: Sendable {
  /// Names model, prompt and settings.
  public let version: String
  let settings: ChatCompletionsSettings
  let labels: [String]
  let clock: RelativeClock
  private let connections: Connections
  private let exchange: HTTPExchange
  private let inFlight: Semaphore
  let admission: Admission
  private let counts = Mutex(ServerStatistics())
  private let lastFailure = Mutex<String?>(nil)
  private let isShutDown = Mutex(false)
  /// The field that bounds the answer, as the settings or the server's own words have it.
  private let completionLimit: Mutex<ChatCompletionsSettings.CompletionLimit>
  private let logger = Logger(label: "chat-completions")

  /// A client for a task.
  /// - Parameters:
  ///   - labels: the task's, in the order of the classes; none where it answers with captions.
  ///   - clock: what waits and limits are counted by.
  /// - Throws: `ChatCompletionsError` naming the setting that is refused.
  public init(
    _ settings: ChatCompletionsSettings, labels: [String], clock: RelativeClock = RelativeClock()
  ) throws(ChatCompletionsError) {
    try settings.validate(labels: labels)
    version = "\(settings.model)-\(settings.promptVersion)"
    (self.settings, self.labels, self.clock) = (settings, labels, clock)
    completionLimit = Mutex(settings.completionLimit)
    connections = try Connections(settings)
    exchange = HTTPExchange(connections: connections, settings: settings, clock: clock)
    inFlight = Semaphore(settings.concurrency)
    admission = Admission(settings, clock: clock)
  }

  /// Makes a client, hands it to `body`, and shuts it down.
  public static func withClient<Value>(
    _ settings: ChatCompletionsSettings, labels: [String], clock: RelativeClock = RelativeClock(),
    _ body: (ChatCompletionsClient) async throws -> Value
  ) async throws -> Value {
    let client = try ChatCompletionsClient(settings, labels: labels, clock: clock)
    do {
      let value = try await body(client)
      try await client.shutdown()
      return value
    } catch {
      try await client.shutdown()
      throw error
    }
  }

  deinit {
    // An HTTP client traps where it is dropped open.
    if !isShutDown.withLock({ $0 }) { connections.abandon() }
  }

  /// Closes the connections; nothing may be asked afterwards.
  public func shutdown() async throws {
    isShutDown.withLock { $0 = true }
    try await connections.shutdown()
  }

  /// The most requests in flight at once.
  public var concurrency: Int { settings.concurrency }

  /// Whether there are limits a minute, which workers have to share: see `setShare`.
  public var hasLimits: Bool { settings.requestsPerMinute != nil || settings.tokensPerMinute != nil }

  /// What has been counted so far.
  public var statistics: ServerStatistics { counts.withLock { $0 } }

  /// What the last attempt failed with; `nil` where it gave an answer.
  public var trouble: String? { lastFailure.withLock { $0 } }

  /// How long every endpoint is to be left alone, because its circuit is open or it asked for it: pause the partitions
  /// for so long rather than let samples run out of time. `nil` where an endpoint may be asked.
  public var pause: ServerPause? {
    get async {
      await admission.pause.map {
        ServerPause(duration: $0.duration, cause: $0.failure.judgement.cause, reason: $0.failure.reason)
      }
    }
  }

  /// When a sample that could not be asked about is worth asking about again.
  public var retry: RetryPolicy { settings.retry }

  /// Changes this worker's part of the task's limits, as `RateLease` says; 0 to 1.
  public func setShare(_ share: Double) async { await admission.setShare(share) }

  /// Sends a request until an answer can be read, or the attempts are used up.
  /// - Parameters:
  ///   - log: takes what each attempt costs and fails with.
  ///   - read: makes of the answer what it says, or says why it is none.
  /// - Throws: `AttemptFailure`, the last attempt's; or `CancellationError`.
  func ask<Said: Sendable>(
    _ request: ChatRequest, log: AttemptLog, read: @Sendable (ChatReply) throws(AttemptFailure) -> Said
  ) async throws -> Said {
    var failed: Int?
    var attempt = 1
    var hasLearnt = false
    while true {
      let (endpoint, outcome) = try await send(request, after: failed, log: log, read: read)
      lastFailure.withLock { $0 = outcome.failure?.reason }
      guard case .failure(let failure) = outcome else { return try outcome.get() }
      counts.withLock { $0.count(failure) }
      log.add(failure, "attempt \(attempt) at \(settings.endpoints[endpoint].host ?? "")")
      if !hasLearnt, learnsLimit(failure) {
        hasLearnt = true
        continue
      }
      guard failure.isRetriable, attempt < settings.retry.maximumAttempts else { throw failure }
      try await backOff(failure, attempt: attempt, endpoint: endpoint, by: log.deadline)
      (failed, attempt) = (failure.needsBackoff ? endpoint : nil, attempt + 1)
    }
  }

  /// One attempt, once there is room for it.
  private func send<Said: Sendable>(
    _ request: ChatRequest, after failed: Int?, log: AttemptLog,
    read: @Sendable (ChatReply) throws(AttemptFailure) -> Said
  ) async throws -> (endpoint: Int, outcome: Result<Said, AttemptFailure>) {
    try await inFlight.withPermit { [self] in
      let choice = try await admission.admit(estimate: request.estimatedTokens, after: failed, by: log.deadline)
      do {
        counts.withLock { $0.requests += 1 }
        log.asked()
        let limit = completionLimit.withLock { $0 }
        let bytes = try await exchange.post(request.body(limit), to: settings.endpoints[choice.endpoint])
        let said = try await accept(ChatReply(bytes), request, log: log, read: read)
        await admission.record(.success, for: choice)
        return (choice.endpoint, .success(said))
      } catch let failure as AttemptFailure {
        await admission.record(failure.outcome, failure, for: choice)
        return (choice.endpoint, .failure(failure))
      } catch {
        await admission.record(.none, for: choice)
        throw error
      }
    }
  }

  /// Counts an answer's tokens, then reads it: an answer outside the labels costs as much as any.
  private func accept<Said: Sendable>(
    _ reply: ChatReply, _ request: ChatRequest, log: AttemptLog,
    read: @Sendable (ChatReply) throws(AttemptFailure) -> Said
  ) async throws -> Said {
    let usage = Usage(
      promptTokens: reply.usage?.prompt ?? request.likelyPromptTokens,
      completionTokens: reply.usage?.completion ?? (reply.content?.utf8.count ?? 0) / 4 + 1,
      isEstimated: reply.usage == nil, prices: settings.prices)
    log.add(usage)
    await admission.settle(
      estimate: request.estimatedTokens,
      actual: usage.promptTokens.addingReportingOverflow(usage.completionTokens).partialValue)
    do throws(AttemptFailure) {
      return try read(reply)
    } catch {
      throw error.afterCutting(reply, maximumTokens: request.maximumTokens)
    }
  }

  /// Changes to the other name of the field that bounds the answer where the server refuses the one that the settings
  /// have: both mean the same.
  /// - Returns: whether to ask again at once.
  private func learnsLimit(_ failure: AttemptFailure) -> Bool {
    let given = settings.completionLimit
    guard failure.refuses(given.rawValue) else { return false }
    let isNews = completionLimit.withLock { limit in
      defer { limit = given.other }
      return limit == given
    }
    // Many under way at once learn the same.
    guard isNews else { return true }
    logger.notice(
      """
      the server of model \(settings.model) refuses \(given.rawValue), and is sent \(given.other.rawValue) from now on; \
      set large_model.chat_completions.completion_limit to \(given.other.rawValue) to spare the first request
      """)
    return true
  }

  /// - Throws: the failure, where the wait for another attempt would last longer than the sample's time.
  private func backOff(_ failure: AttemptFailure, attempt: Int, endpoint: Int, by deadline: Duration) async throws {
    guard failure.needsBackoff else { return }
    // Another endpoint that is well need not wait for what this one asked for.
    let asked = await admission.hasAlternative(to: endpoint) ? nil : failure.retryAfter
    var generator = SystemRandomNumberGenerator()
    let wait = settings.retry.delay(afterAttempt: attempt, retryAfter: asked, using: &generator)
    guard clock.now + wait <= deadline else { throw failure }
    try await clock.sleep(for: wait)
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}
