import Synchronization

/// A task that waits for a word from another one, kept by whoever will say it.
public struct Waiter<Word: Sendable>: Sendable {
  /// Tells it from others.
  public let number: WaiterNumber
  private let continuation: CheckedContinuation<Word, any Error>

  /// Says the word; once.
  public func resume(returning word: Word) { continuation.resume(returning: word) }

  /// Lets the wait fail; once.
  public func resume(throwing error: any Error) { continuation.resume(throwing: error) }

  /// Waits for a word.
  /// - Parameters:
  ///   - enter: gives the word where it is there already; else keeps the waiter, and says nothing.
  ///   - leave: takes the waiter out of where `enter` has put it; `nil` where it is there no longer. From any thread.
  /// - Throws: what the waiter is resumed with; `CancellationError` where this task is cancelled before.
  public static func wait(
    enter: (Waiter) -> Word?, leave: @Sendable (WaiterNumber) -> Waiter?
  ) async throws -> Word {
    let number = WaiterNumber()
    return try await withTaskCancellationHandler {
      try Task.checkCancellation()
      return try await withCheckedThrowingContinuation { continuation in
        if let word = enter(Waiter(number: number, continuation: continuation)) {
          continuation.resume(returning: word)
        } else if Task.isCancelled {
          // The handler may have run before the waiter was there.
          leave(number)?.resume(throwing: CancellationError())
        }
      }
    } onCancel: {
      leave(number)?.resume(throwing: CancellationError())
    }
  }
}

/// Tells waiters apart.
public struct WaiterNumber: Sendable, Equatable {
  private static let last = Atomic<Int>(0)
  private let value: Int

  fileprivate init() { value = Self.last.add(1, ordering: .relaxed).newValue }
}

extension Array {
  /// Takes a waiter out of a line; `nil` where it is not in it.
  public mutating func take<Word>(_ number: WaiterNumber) -> Waiter<Word>? where Element == Waiter<Word> {
    firstIndex { $0.number == number }.map { remove(at: $0) }
  }
}
