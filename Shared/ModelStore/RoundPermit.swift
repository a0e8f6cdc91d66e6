import Postgres

/// The right to run a task's rounds: one distiller has it, however many there are. It ends with the distiller's
/// connection.
public struct RoundPermit: Sendable {
  private let lock: AdvisoryLock
  /// Whose rounds.
  public let task: String

  init(lock: AdvisoryLock, task: String) {
    self.lock = lock
    self.task = task
  }

  /// Whether the right is still ours; ask before the round's effect.
  public func isHeld() async throws -> Bool { try await lock.isHeld() }

  /// Lets another distiller have it.
  public func release() async { await lock.release() }
}
