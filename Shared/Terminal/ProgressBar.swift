import Synchronization

/// Shows on standard error how far a job is: one line drawn over on a terminal, plain lines now and then elsewhere.
///
///     let bar = ProgressBar("produce", total: 20_000, unit: "samples")
///     bar.advance(to: 500, note: "accuracy 70.9 %")
///     bar.finish()
public final class ProgressBar: Sendable {
  private struct State {
    var progress: JobProgress
    var pace = ProgressPace()
    var isFinished = false
    /// What the last line said is done.
    var shown: Int?
  }

  private let state: Mutex<State>
  private let terminal: Terminal
  private let now: @Sendable () -> Duration
  private let write: @Sendable (String) -> Void

  /// A bar that begins now.
  /// - Parameters:
  ///   - label: what is being done, in a word or two.
  ///   - total: units until the end; `nil` where that is not known.
  ///   - unit: what is counted, plural.
  public convenience init(_ label: String, total: Int?, unit: String) {
    let start = ContinuousClock.now
    self.init(
      JobProgress(label: label, unit: unit, total: total), terminal: .standardError,
      now: { ContinuousClock.now - start }, write: { StandardError.show($0) })
  }

  /// - Parameter now: time since the start.
  init(
    _ progress: JobProgress, terminal: Terminal, now: @escaping @Sendable () -> Duration,
    write: @escaping @Sendable (String) -> Void
  ) {
    state = Mutex(State(progress: progress))
    self.terminal = terminal
    self.now = now
    self.write = write
  }

  /// Says that `done` units are done in all, and figures to show beside them.
  public func advance(to done: Int, note: String = "") {
    show { state in
      state.progress.done = done
      state.progress.note = note
      return !state.isFinished && state.pace.isDue(state.progress, isInteractive: self.terminal.isInteractive)
    }
  }

  /// Draws the last state and ends the line. Further calls do nothing.
  public func finish() {
    show { state in
      defer { state.isFinished = true }
      // Elsewhere than on a terminal the last state may stand there already.
      return !state.isFinished && (self.terminal.isInteractive || state.shown != state.progress.done)
    }
  }

  /// Takes the line away, where a person watches: for a job that was over at once. Further calls do nothing.
  public func clear() {
    state.withLock { state in
      if !state.isFinished, terminal.isInteractive { write("\r\u{1b}[K") }
      state.isFinished = true
    }
  }

  /// Writes under the lock, so that two threads' lines do not mix.
  private func show(_ change: (inout State) -> Bool) {
    state.withLock { state in
      state.progress.elapsed = now()
      guard change(&state) else { return }
      let line = state.progress.line(width: terminal.width)
      state.shown = state.progress.done
      // Return to the line's start and clear it; only a finished line is left standing.
      write(terminal.isInteractive ? "\r\u{1b}[K\(line)\(state.isFinished ? "\n" : "")" : line + "\n")
    }
  }
}
