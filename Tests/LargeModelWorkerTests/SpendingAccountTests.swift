import Classification
import Foundation
import LargeModelFlow
import LargeModelStore
import Messages
import Tasks
import Testing

@testable import LargeModelWorker

@Suite struct SpendingAccountTests {
  private let start = Date(timeIntervalSince1970: 0)
  private let end = Date(timeIntervalSince1970: 3_600)

  private func account(_ whenSpent: Budget.WhenSpent, perHour: Double = 10) -> SpendingAccount {
    SpendingAccount(
      LargeModelBudget(Budget(perHour: perHour, whenSpent: whenSpent), lowestThreshold: 0.5), at: start)
  }

  private func small(_ probability: Float) -> Prediction {
    Prediction(
      model: .specific, version: "1", threshold: 0.9,
      distribution: LabelDistribution(top: [.init(label: "a", probability: probability)], rest: 1 - probability))
  }

  @Test(arguments: [(Budget.WhenSpent.wait, true), (.degrade, false), (.raiseThreshold, true)])
  func whatIsUnderWayCountsAndThenTheSettingsDecide(whenSpent: Budget.WhenSpent, waits: Bool) async {
    let account = account(whenSpent)
    #expect(await account.decide(estimate: 6, small: small(0.4), at: start) == .ask(reserved: 6))
    let spent: SpendingAccount.Decision = waits ? .wait(until: end) : .degrade(threshold: nil)
    #expect(await account.decide(estimate: 6, small: small(0.4), at: start) == spent)
    await account.settle(reserved: 6, paid: 1, at: start)
    #expect(await account.decide(estimate: 6, small: small(0.4), at: start) == .ask(reserved: 6))
    await account.settle(reserved: 6, paid: 9, at: start)
    #expect(await account.decide(estimate: 6, small: small(0.4), at: start) == spent)
    #expect(await account.decide(estimate: 6, small: small(0.4), at: end) == .ask(reserved: 6))
  }

  @Test func whatOthersPaidCountsAndNothingOfOnesOwnIsLostOnTheWay() async {
    let account = account(.wait)
    await account.settle(reserved: 0, paid: 2, at: start)
    #expect(await account.takeUnsaid() == 2)
    // Paid while the database is asked.
    await account.settle(reserved: 0, paid: 3, at: start)
    await account.reload(Spending(thisHour: 6, today: 6), at: start)
    #expect(await account.decide(estimate: 2, small: nil, at: start) == .wait(until: end))
    #expect(await account.decide(estimate: 1, small: nil, at: start) == .ask(reserved: 1))
    #expect(await account.takeUnsaid() == 3)
    await account.giveBack(3)
    #expect(await account.takeUnsaid() == 3)
  }

  @Test func theThresholdGoesDownWhereMoneyGoesTooFastAndUpAgain() async {
    let account = account(.raiseThreshold)
    // Calibrated δ is 0.9, and stands as long as nothing was moved.
    #expect(await account.decide(estimate: 0, small: small(0.88), at: start) == .ask(reserved: 0))
    #expect(await account.control(at: start) == nil)
    await account.settle(reserved: 0, paid: 8, at: start)
    let move = await account.control(at: start.addingTimeInterval(30))
    #expect((move?.to ?? 1) < 0.88 && move?.from == 0.9)
    #expect(
      await account.decide(estimate: 0, small: small(0.88), at: start) == .degrade(threshold: move?.to))
    #expect(await account.decide(estimate: 0, small: small(0.5), at: start) == .ask(reserved: 0))
    let back = await account.control(at: start.addingTimeInterval(60))
    #expect((back?.to ?? 0) > (move?.to ?? 1))
  }
}
