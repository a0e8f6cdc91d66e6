import Testing

@testable import Operations

@Suite struct ProductionPaceTests {
  /// When each sample of a run goes, by a clock that only waits and the given delays of a broker turn.
  private func times(
    _ count: Int, rate: Double, brokerTakes delay: (Int) -> Duration = { _ in .zero }
  ) -> [Duration] {
    var (pace, now, times) = (ProductionPace(rate: rate, at: .zero), Duration.zero, [Duration]())
    while times.count < count {
      let size = pace.batchSize(at: now)
      while case let wait = pace.wait(for: size, at: now), wait > .zero { now += wait }
      pace.take(size)
      times += Array(repeating: now, count: size)
      now += delay(times.count)
    }
    return times
  }

  @Test(arguments: [0.5, 1, 7, 400, 5000, 100_000])
  func soManyASecond(rate: Double) throws {
    let count = Int(rate * 20) + 1
    let last = try #require(times(count, rate: rate).last) / .seconds(1)
    #expect(abs(last - 20) < 20 * 0.01 + 2 / rate)
  }

  /// In no second do more go than the rate and a tenth of it, however slow the broker was before.
  @Test func lostTimeIsNotCaughtUpInABurst() {
    let times = times(4000, rate: 400) { $0 / 500 % 3 == 0 ? .seconds(1) : .milliseconds(20) }
    for start in times.indices {
      let inSecond = times[start...].prefix { $0 < times[start] + .seconds(1) }.count
      #expect(inSecond <= 440)
    }
  }

  /// A broker that takes less than a tenth of a second to acknowledge does not slow it down.
  @Test func aSlowBrokerDoesNotSlowItDown() throws {
    let last = try #require(times(4000, rate: 400) { _ in .milliseconds(90) }.last) / .seconds(1)
    #expect(last < 10.2)
  }
}
