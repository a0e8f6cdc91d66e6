import Foundation
import LargeModelFlow
import Testing

@Suite("Budget")
struct BudgetTests {
  static let midnight = Date(timeIntervalSince1970: 1_800_057_600)  // 2027-01-16T00:00:00Z

  private func at(_ hours: Double) -> Date { Self.midnight.addingTimeInterval(hours * 3_600) }

  @Test("Windows are UTC's hours and days")
  func windows() {
    #expect(Budget.Window.hour.start(of: at(3.75)) == at(3))
    #expect(Budget.Window.day.end(of: at(3.75)) == at(24))
  }

  @Test("Without limits everything may be asked")
  func unlimited() {
    var ledger = BudgetLedger(Budget(), spentThisHour: 1e9, spentToday: 1e9, at: at(0))
    #expect(ledger.decide(estimate: 1e9, at: at(0)) == .ask)
  }

  @Test("A spent hour waits for the next, a spent day for tomorrow; both for the later")
  func waits() {
    var hour = BudgetLedger(Budget(perHour: 1, perDay: 10), spentThisHour: 1, spentToday: 2, at: at(5.5))
    #expect(hour.decide(estimate: 0.1, at: at(5.5)) == .wait(until: at(6)))
    #expect(hour.decide(estimate: 0.1, at: at(6)) == .ask)
    var day = BudgetLedger(Budget(perHour: 1, perDay: 10), spentThisHour: 1, spentToday: 10, at: at(5.5))
    #expect(day.decide(estimate: 0.1, at: at(5.5)) == .wait(until: at(24)))
    #expect(day.decide(estimate: 0.1, at: at(6)) == .wait(until: at(24)))
    #expect(day.decide(estimate: 0.1, at: at(24)) == .ask)
  }

  @Test("Once spent, the settings decide", arguments: Budget.WhenSpent.allCases)
  func whenSpent(choice: Budget.WhenSpent) {
    var ledger = BudgetLedger(Budget(perDay: 1, whenSpent: choice), spentToday: 1, at: at(1))
    #expect(ledger.decide(estimate: 0.1, at: at(1)) == (choice == .degrade ? .degrade : .wait(until: at(24))))
    // Where no small model has an answer, there is nothing to degrade to.
    #expect(ledger.decide(estimate: 0.1, hasAnswer: false, at: at(1)) == .wait(until: at(24)))
  }

  @Test("What is under way counts, so that many at once do not overspend")
  func reservations() {
    var ledger = BudgetLedger(Budget(perDay: 1), at: at(1))
    let asked = (0..<100).filter { _ in ledger.decide(estimate: 0.1, at: at(1)) == .ask }.count
    #expect((9...10).contains(asked))
    ledger.settle(estimate: 0.1, actual: 0, at: at(1))
    #expect(ledger.decide(estimate: 0.05, at: at(1)) == .ask)
  }

  @Test("A clock that is set back gives no money back")
  func setBack() {
    var ledger = BudgetLedger(Budget(perHour: 1), at: at(5))
    ledger.settle(estimate: 0, actual: 1, at: at(5))
    #expect(ledger.decide(estimate: 0.1, at: at(4)) != .ask)
  }

  /// A day of samples with evenly spread confidences; the δ at each minute, and what was spent.
  private func day(
    perMinute: Double, price: Double, budget: Double, lower: Float = 0.2
  ) -> (moves: [ThresholdController.Move], spent: Double, thresholds: [Float]) {
    var ledger = BudgetLedger(Budget(perDay: budget, whenSpent: .raiseThreshold), at: at(0))
    var controller = ThresholdController(.init(lower: lower, upper: 0.9))
    var (moves, spent, thresholds) = ([ThresholdController.Move](), 0.0, [Float]())
    for minute in 0..<1_440 {
      let now = at(Double(minute) / 60)
      let cost = perMinute * Double(controller.threshold) * price
      if ledger.decide(estimate: cost, at: now) == .ask {
        ledger.settle(estimate: cost, actual: cost, at: now)
        spent += cost
      }
      if let move = controller.update(ledger.status(at: now), at: now) { moves.append(move) }
      thresholds.append(controller.threshold)
    }
    return (moves, spent, thresholds)
  }

  @Test("δ falls so that the budget lasts the day, and most of it is used")
  func lasts() {
    // 100 a minute at δ = 0.9 would cost 129.6 a day.
    let day = day(perMinute: 100, price: 0.001, budget: 80)
    #expect(day.spent <= 80)
    #expect(day.spent > 76)
    #expect(day.thresholds.last.map { $0 > 0.2 } == true)
    #expect(day.thresholds.allSatisfy { (0.2...0.9).contains($0) })
  }

  @Test("With money enough δ stays at the calibrated bound")
  func enough() { #expect(day(perMinute: 100, price: 0.001, budget: 200).moves.isEmpty) }

  @Test("With far too little δ goes to its lower bound, and nothing is overspent")
  func tooLittle() {
    let day = day(perMinute: 100, price: 0.001, budget: 10)
    #expect(day.thresholds.contains(0.2))
    #expect(day.spent <= 10)
  }

  @Test("Each move starts where the one before ended, and says why")
  func moves() throws {
    let moves = day(perMinute: 100, price: 0.001, budget: 80).moves
    #expect(moves.first?.from == 0.9)
    for (one, next) in zip(moves, moves.dropFirst()) { #expect(one.to == next.from) }
    for move in moves { #expect(move.pressure > 1 ? move.to < move.from : move.to > move.from) }
  }
}
