import Postgres

/// A request for a round of distillation now, heard by the distillers that run.
public struct RoundRequest: Sendable, Equatable {
  /// The channel that a `NotificationStream` hears them on.
  public static let channel = "distillation_requests"

  /// The task's name.
  public let task: String
  /// The last round that was seen, 0 before the first: where a newer one has begun, nothing more is asked for.
  public let lastRound: Int

  /// A request for a round after `lastRound`.
  public init(task: String, lastRound: Int) {
    self.task = task
    self.lastRound = lastRound
  }

  /// Reads a notification's payload: the round, a space, and the task; `nil` where it is none.
  public init?(payload: String) {
    let parts = payload.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let last = Int(parts[0]) else { return nil }
    self.init(task: String(parts[1]), lastRound: last)
  }
}

extension ModelStore {
  /// Tells the distillers; nobody need hear it.
  public func send(_ request: RoundRequest) async throws {
    _ = try await connection.read(
      "SELECT pg_notify($1, $2)", [.text(RoundRequest.channel), .text("\(request.lastRound) \(request.task)")],
      backoff: backoff)
  }

  /// Asks for a round of a task, again each second until one begins.
  /// - Parameter patience: after so long nobody seems to be there.
  /// - Returns: the round that began, or one that runs already; `nil` where none did.
  public func beginRequestedRound(task: String, patience: Duration) async throws -> DistillationRound? {
    let last = try await rounds(task: task, limit: 1).first
    let end = ContinuousClock.now + patience
    while true {
      try await send(RoundRequest(task: task, lastRound: last?.id ?? 0))
      for _ in 0..<10 {
        try await Task.sleep(for: .milliseconds(100))
        let newest = try await rounds(task: task, limit: 1).first
        if let newest, newest.id != last?.id || newest.state == .running { return newest }
        if ContinuousClock.now >= end { return nil }
      }
    }
  }
}
