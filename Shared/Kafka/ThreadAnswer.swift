import Foundation
import Synchronization

/// An answer that a thread blocks for, given once by another thread or a task.
final class ThreadAnswer<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let given = DispatchSemaphore(value: 0)

  func give(_ answer: Value) {
    value.withLock { $0 = answer }
    given.signal()
  }

  /// - Returns: `nil` where there is none in time; one that comes later may still be waited for.
  func wait(for limit: Duration) -> Value? {
    let deadline = DispatchTime.now() + .milliseconds(Int(limit.milliseconds))
    return given.wait(timeout: deadline) == .success ? value.withLock { $0 } : nil
  }
}
