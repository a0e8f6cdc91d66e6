import Synchronization

/// How many batches have been taken and not yet published; partitions that go wait until there is none.
final class BatchesUnderWay: Sendable {
  private let state = Mutex((count: 0, waiting: [AsyncStream<Void>.Continuation]()))

  func begin() { state.withLock { $0.count += 1 } }

  func end() {
    state.withLock { state in
      state.count -= 1
      guard state.count == 0 else { return }
      for waiting in state.waiting { waiting.finish() }
      state.waiting = []
    }
  }

  /// Waits until no batch is under way, or until the task is cancelled.
  func settle() async {
    let (settled, waiting) = AsyncStream<Void>.makeStream()
    state.withLock { state in
      if state.count == 0 { waiting.finish() } else { state.waiting.append(waiting) }
    }
    for await _ in settled {}
  }
}
