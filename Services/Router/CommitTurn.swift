import Concurrency

/// A batch's turn to commit, which comes once the batch before it has committed its transaction, or has handed its offsets
/// over: so batches are published side by side, and offsets still move in order.
struct CommitTurn: Sendable {
  private let turn = Signal()

  /// Makes the turn come. Called once, or never where the batch before failed.
  func give() { turn.give() }

  /// Waits for the turn. Called once.
  /// - Throws: `CancellationError` once the task is cancelled, as it is where a batch before failed.
  func wait() async throws {
    guard await turn.wait() else { throw CancellationError() }
  }
}
