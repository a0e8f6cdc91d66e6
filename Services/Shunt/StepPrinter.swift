import Evaluation
import Foundation
import Synchronization
import Terminal

/// Shows the steps of a run: a line a stage, a bar for its progress.
final class StepPrinter: Sendable {
  private struct State {
    var stage = ""
    var bar: ProgressBar?
  }

  private let state = Mutex(State())

  func show(_ step: EvaluationStep) {
    state.withLock { state in
      switch step {
      case .stage(let name):
        state.bar?.finish()
        state = State(stage: name)
        StandardError.say(name)
      case .progress(let unit, let done, let total):
        // The unit, and what is to be said beside it.
        let parts = unit.split(separator: ", ", maxSplits: 1).map(String.init)
        let bar = state.bar ?? ProgressBar("", total: total, unit: parts.first ?? "")
        state.bar = bar
        bar.advance(to: done, note: parts.count > 1 ? parts[1] : "")
      }
    }
  }

  func finish() { state.withLock { $0.bar?.finish() } }
}
