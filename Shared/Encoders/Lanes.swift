import Dispatch
import Synchronization

/// Threads that work side by side, each with a workspace of its own.
struct Lanes<Workspace: Sendable> {
  private let workspaces: [Workspace]

  /// - Parameter threads: from 1.
  init(threads: Int, _ make: () throws -> Workspace) rethrows {
    workspaces = try (0..<threads).map { _ in try make() }
  }

  /// How many there are.
  var count: Int { workspaces.count }

  /// Calls `body` with each of 0 ..< count and a workspace, on as many threads as there are workspaces.
  /// - Throws: what `body` throws; `CancellationError` between two rounds when the task is cancelled.
  func run(_ count: Int, _ body: (Int, Workspace) throws -> Void) throws {
    for start in stride(from: 0, to: count, by: workspaces.count) {
      try Task.checkCancellation()
      let failure = Mutex<(any Error)?>(nil)
      // `concurrentPerform` returns once all of them are through, so `body` does not outlive this call.
      try withoutActuallyEscaping(body) { body in
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: min(workspaces.count, count - start)) { lane in
          do { try body(start + lane, workspaces[lane]) } catch { failure.withLock { $0 = error } }
        }
        if let error = failure.withLock({ $0 }) { throw error }
      }
    }
  }
}
