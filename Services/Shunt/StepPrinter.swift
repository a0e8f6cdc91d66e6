import Experiments
import Foundation
import SmallModel
import Synchronization
import Terminal

/// Shows the steps of a run: a line a stage, a bar for its progress.
final class StepPrinter: Sendable {
  private struct State {
    var stage = ""
    var bar: ProgressBar?
  }

  private let state = Mutex(State())

  func show(_ step: ExperimentStep) {
    state.withLock { state in
      switch step {
      case .stage(let name):
        state.bar?.finish()
        state = State(stage: name)
        FileHandle.standardError.write(Data("\(name)\n".utf8))
      case .progress(let unit, let done, let total):
        let bar = state.bar ?? ProgressBar("", total: total, unit: unit.components(separatedBy: ",")[0])
        state.bar = bar
        bar.advance(to: done, note: unit)
      }
    }
  }

  func show(epoch: TrainingEpoch, of count: Int) {
    let accuracy = epoch.heldOutAccuracy.map { ", held-out accuracy \(percent($0))" } ?? ""
    show(.progress("epoch\(accuracy)", epoch.number, of: count))
  }

  func finish() { state.withLock { $0.bar?.finish() } }
}
