import Foundation
import Synchronization

/// A thread of its own for C calls that block, so that they never hold a thread of Swift's cooperative pool.
///
/// An actor that returns it from `unownedExecutor` runs all its work there, one job after the other:
///
///     actor Connection {
///       private nonisolated let thread = DedicatedThread(name: "postgres")
///       nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
///     }
///
/// The thread ends when the last reference to its executor goes.
public final class DedicatedThread: SerialExecutor {
  private let jobs = JobQueue()

  /// Starts the thread.
  /// - Parameter name: shown by `top -H` and debuggers; Linux keeps the first 15 bytes.
  public init(name: String) {
    let jobs = self.jobs
    let thread = Thread {
      // From inside: set from outside, before the start, it does not reach the thread.
      Thread.current.name = name
      while let job = jobs.next() { job() }
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { jobs.close() }

  /// Runs an actor's job on this thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.append { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  /// Runs `body` on this thread, after what was handed in before it, and returns what it returns.
  public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      jobs.append { continuation.resume(with: Result(catching: body)) }
    }
  }
}

/// First in, first out, with a wait for the reader.
private final class JobQueue: @unchecked Sendable {  // `jobs` and `isClosed` are only touched under `condition`.
  private let condition = NSCondition()
  private var jobs: [@Sendable () -> Void] = []
  private var head = 0
  private var isClosed = false

  func append(_ job: @escaping @Sendable () -> Void) {
    condition.withLock { jobs.append(job) }
    condition.signal()
  }

  /// The next job; `nil` once the queue is closed and empty.
  func next() -> (@Sendable () -> Void)? {
    condition.withLock {
      while head == jobs.count {
        if isClosed { return nil }
        condition.wait()
      }
      defer { advance() }
      return jobs[head]
    }
  }

  func close() {
    condition.withLock { isClosed = true }
    condition.signal()
  }

  private func advance() {
    head += 1
    if head == jobs.count {
      jobs.removeAll(keepingCapacity: true)
      head = 0
    }
  }
}
