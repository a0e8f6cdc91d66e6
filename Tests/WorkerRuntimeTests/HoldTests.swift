import Testing

@testable import WorkerRuntime

@Suite struct HoldTests {
  private let hold = HoldLedger.Hold(task: "fruits", cause: "rate_limit")

  @Test func aHoldIsToldOnceWhenItBeginsAndOnceWhenItEnds() {
    var ledger = HoldLedger()
    #expect(ledger.hold(hold, because: "HTTP 429", at: .seconds(1)) == .began(hold, "HTTP 429"))
    #expect(ledger.hold(hold, because: "HTTP 429: slower", at: .seconds(2)) == nil)
    #expect(ledger.report == ["task fruits waits (rate_limit): HTTP 429: slower"])
    #expect(ledger.release(hold, at: .seconds(31)) == .ended(hold, .seconds(30)))
    #expect(ledger.report.isEmpty && ledger.release(hold, at: .seconds(32)) == nil)
  }

  @Test func aHoldThatComesAndGoesIsToldAgainOnlyWhereItLasts() {
    var ledger = HoldLedger()
    _ = ledger.hold(hold, because: "a", at: .zero)
    _ = ledger.release(hold, at: .seconds(1))
    #expect(ledger.hold(hold, because: "b", at: .seconds(2)) == nil)
    #expect(ledger.report.count == 1)
    #expect(ledger.release(hold, at: .seconds(3)) == nil)
    #expect(ledger.hold(hold, because: "c", at: .seconds(4)) == nil)
    #expect(ledger.hold(hold, because: "c", at: .seconds(64)) == .began(hold, "c"))
    #expect(ledger.release(hold, at: .seconds(70)) == .ended(hold, .seconds(66)))
    #expect(ledger.hold(hold, because: "d", at: .seconds(130)) == .began(hold, "d"))
  }

  @Test func oneCauseSaysNothingOfAnother() {
    var ledger = HoldLedger()
    let budget = HoldLedger.Hold(task: "fruits", cause: "budget")
    _ = ledger.hold(hold, because: "a", at: .zero)
    #expect(ledger.hold(budget, because: "b", at: .zero) == .began(budget, "b"))
    _ = ledger.release(hold, at: .seconds(1))
    #expect(ledger.report == ["task fruits waits (budget): b"])
  }
}

@Suite struct RejectionTallyTests {
  private let reason = RejectionTally.Reason(task: "fruits", text: "HTTP 400")

  @Test func moreThanAFewAreToldOnceAndOnceMoreWhenItIsOver() {
    var tally = RejectionTally()
    for second in 1...3 {
      #expect(tally.count(1, of: "fruits", because: "HTTP 400", at: .seconds(second)).notices.isEmpty)
    }
    #expect(tally.report.isEmpty)
    #expect(tally.count(2, of: "fruits", because: "HTTP 400", at: .seconds(4)).notices == [.began(reason, 5)])
    #expect(tally.count(1, of: "fruits", because: "HTTP 400", at: .seconds(5)).notices.isEmpty)
    #expect(tally.report == ["6 samples of task fruits (HTTP 400) were rejected"])
    #expect(tally.settle(at: .seconds(604)).isEmpty)
    #expect(tally.settle(at: .seconds(605)) == [.ended(reason, 6)])
    #expect(tally.report.isEmpty)
  }

  @Test func aFewNowAndThenAreNeverTold() {
    var tally = RejectionTally()
    for day in 0..<30 {
      let counted = tally.count(3, of: nil, because: "no JSON", at: .seconds(86_400 * day))
      #expect(counted.notices.isEmpty && tally.report.isEmpty)
    }
  }

  @Test func whatProducersWriteMakesNoMoreThanAHundredReasonsOfTwoHundredBytes() {
    var tally = RejectionTally()
    var reasons: Set<RejectionTally.Reason> = []
    for number in 0..<1_000 {
      let text = "\(number)" + String(repeating: "a\u{301}", count: 10_000)
      reasons.insert(tally.count(1, of: text, because: text, at: .zero).reason)
    }
    #expect(reasons.count == 101 && reasons.allSatisfy { $0.text.utf8.count <= 203 })
    #expect(tally.report == ["900 samples of no readable task (other reasons) were rejected"])
  }

  @Test func readyzShowsHoldsAndRejectionsAndStaysReady() {
    let health = Health()
    health.set("kafka", .ready)
    health.hold("fruits", "budget", because: "spent until noon")
    health.rejected(4, of: "fruits", because: "HTTP 400")
    #expect(health.state.isReady)
    #expect(
      health.state.report == """
        task fruits waits (budget): spent until noon
        4 samples of task fruits (HTTP 400) were rejected

        """)
    health.release("fruits", "budget")
    #expect(!health.state.report.contains("waits"))
  }
}
