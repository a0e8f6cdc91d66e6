/// A batch's turn to commit, which comes once the batch before it has committed its transaction, or has handed its offsets
/// over: so batches are published side by side, and offsets still move in order.
struct CommitTurn: Sendable {
  private let turns: AsyncStream<Void>
  private let given: AsyncStream<Void>.Continuation

  init() { (turns, given) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  /// Makes the turn come. Called once, or never where the batch before failed.
  func give() { given.yield() }

  /// Waits for the turn. Called once.
  /// - Throws: `CancellationError` once the task is cancelled, as it is where a batch before failed.
  func wait() async throws {
    var iterator = turns.makeAsyncIterator()
    guard await iterator.next() != nil else { throw CancellationError() }
  }
}
