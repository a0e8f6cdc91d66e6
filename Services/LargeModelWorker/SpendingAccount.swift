import Cascade
import Foundation
import LargeModelFlow
import LargeModelStore
import Messages
import Tasks

/// What one task may spend, as this worker knows it: its ledger, and the controller that makes the budget last.
///
/// Workers meet in the database once a second, so all of them together may overspend by what is asked in one second.
public actor SpendingAccount {
  /// What is to become of a sample.
  enum Decision: Equatable {
    /// The large model may be asked; so much is reserved until `settle`.
    case ask(reserved: Double)
    /// The best small model answers, at this δ where one was lowered.
    case degrade(threshold: Float?)
    /// Nothing may be asked before then.
    case wait(until: Date)
  }

  private let settings: LargeModelBudget
  private var ledger: BudgetLedger
  private var controller: ThresholdController?
  /// Paid, and not yet in the database.
  private var unsaid = 0.0

  /// An account that has paid nothing.
  public init(_ settings: LargeModelBudget, at now: Date) {
    self.settings = settings
    ledger = BudgetLedger(settings.budget, at: now)
  }

  /// Decides on a sample that is estimated to cost so much.
  /// - Parameter small: what the last small model that saw it says.
  func decide(estimate: Double, small: Prediction?, at now: Date) -> Decision {
    if settings.budget.whenSpent == .raiseThreshold, let small {
      let threshold = threshold(calibrated: small.threshold)
      if threshold < small.threshold, let answer = small.answer,
        Shunt.isEasy(answer.confidence, threshold: threshold)
      {
        return .degrade(threshold: threshold)
      }
    }
    return switch ledger.decide(estimate: estimate, hasAnswer: small != nil, at: now) {
    case .ask: .ask(reserved: estimate)
    case .degrade: .degrade(threshold: nil)
    case .wait(let end): .wait(until: end)
    }
  }

  /// Replaces what was reserved by what was paid.
  func settle(reserved: Double, paid: Double, at now: Date) {
    ledger.settle(estimate: reserved, actual: paid, at: now)
    unsaid += paid
  }

  /// δ for a small model that is calibrated to this one. Another version's starts anew from its own.
  private func threshold(calibrated: Float) -> Float {
    if let controller, controller.upper == calibrated { return controller.threshold }
    let fresh = ThresholdController(.init(lower: settings.lowestThreshold, upper: calibrated))
    controller = fresh
    return fresh.threshold
  }

  /// What was paid since this was last called; it is the caller's to say it to the database, or to give it back.
  func takeUnsaid() -> Double {
    defer { unsaid = 0 }
    return unsaid
  }

  /// Takes back what could not be said to the database.
  func giveBack(_ cost: Double) { unsaid += cost }

  /// Takes over what all workers together have paid.
  func reload(_ spending: Spending, at now: Date) {
    ledger.reload(spentThisHour: spending.thisHour + unsaid, spentToday: spending.today + unsaid, at: now)
  }

  /// Moves δ where money goes faster or slower than it may; call it at even intervals.
  /// - Returns: the move, to be recorded.
  func control(at now: Date) -> ThresholdController.Move? { controller?.update(ledger.status(at: now), at: now) }
}
