import Synchronization
import Testing

@testable import Terminal

@Suite struct ProgressTests {
  private func progress(_ done: Int, of total: Int? = 200, after elapsed: Duration = .seconds(10)) -> JobProgress {
    JobProgress(label: "produce", unit: "samples", total: total, done: done, elapsed: elapsed, note: "accuracy 70.9 %")
  }

  @Test func aLineWithBarRateRemainingTimeAndFigures() {
    #expect(
      progress(50).line(width: 103)
        == "produce ███████▌░░░░░░░░░░░░░░░░░░░░░░ 25 %  50/200 samples  5.0/s  30s left  accuracy 70.9 %")
  }

  @Test(arguments: [(0, 0), (0, 30), (5, 0), (5, 999)])
  func thereIsNoRateBeforeThereIsOne(done: Int, milliseconds: Int) {
    let line = progress(done, after: .milliseconds(milliseconds)).line(width: 200)
    #expect(!line.contains("/s") && !line.contains("left"))
  }

  @Test func withoutAnEndThereIsNoBar() {
    #expect(progress(1500, of: nil).line(width: 80) == "produce 1,500 samples  150/s  10s  accuracy 70.9 %")
  }

  @Test func whatTakesSecondsEachSaysSo() {
    #expect(progress(4, of: nil).line(width: 80) == "produce 4 samples  3s each  10s  accuracy 70.9 %")
  }

  @Test(arguments: [0, 1, 20, 60, 80, 200])
  func aLineNeverWraps(width: Int) { #expect(progress(50).line(width: width).count <= max(width, 1)) }

  @Test func oddFiguresAreShownNotTrapped() {
    #expect(progress(300).fraction == 1)
    #expect(progress(300).remaining == nil)
    #expect(progress(0, of: 0).fraction == 1)
  }

  @Test func onATerminalTenLinesASecond() {
    var pace = ProgressPace()
    let due = [0, 50, 100, 150, 250].map {
      pace.isDue(progress(1, after: .milliseconds($0)), isInteractive: true)
    }
    #expect(due == [true, false, true, false, true])
  }

  @Test func elsewhereEveryTenPercentOrFiveSeconds() {
    var pace = ProgressPace()
    let due = [(1, 0), (19, 1000), (20, 1100), (21, 1200), (22, 6099), (23, 6100)].map {
      pace.isDue(progress($0.0, after: .milliseconds($0.1)), isInteractive: false)
    }
    #expect(due == [false, false, true, false, false, true])
  }

  @Test func theBarDrawsOverItselfOnATerminalOnly() {
    #expect(written(isInteractive: true).hasPrefix("\r\u{1b}[Kcount "))
    #expect(written(isInteractive: true).hasSuffix("\n"))
    #expect(written(isInteractive: true).filter { $0 == "\n" }.count == 1)
    #expect(!written(isInteractive: false).contains("\r"))
  }

  private func written(isInteractive: Bool) -> String {
    let text = Mutex("")
    let bar = ProgressBar(
      JobProgress(label: "count", unit: "things", total: 10), terminal: Terminal(isInteractive: isInteractive),
      now: { .seconds(1) }, write: { line in text.withLock { $0 += line } })
    bar.advance(to: 5)
    bar.finish()
    bar.advance(to: 6)
    bar.finish()
    return text.withLock { $0 }
  }
}
