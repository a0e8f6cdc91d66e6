import Concurrency
import LargeModelFlow
import Testing

@Suite("Token bucket")
struct TokenBucketTests {
  /// Takes amounts one after the other as soon as the bucket lets them; the times at which they went.
  private func run(_ bucket: inout TokenBucket, _ amounts: [Double], idle: (Int) -> Duration) -> [(Duration, Double)] {
    var now = Duration.zero
    return amounts.enumerated().map { index, amount in
      now += idle(index)
      while case let wait = bucket.wait(for: amount, at: now), wait > .zero { now += wait }
      bucket.take(amount)
      return (now, amount)
    }
  }

  private func most(_ taken: [(Duration, Double)], in window: Duration) -> Double {
    taken.map { start in taken.filter { $0.0 >= start.0 && $0.0 <= start.0 + window }.reduce(0) { $0 + $1.1 } }.max()
      ?? 0
  }

  @Test("No window of a minute sees more than the limit, after idle times too", arguments: 1...20)
  func windows(seed: UInt64) {
    var generator = Seeded(seed)
    let limit = Double.random(in: 20...500, using: &generator)
    let burst = Double.random(in: 0.05...0.5, using: &generator)
    var bucket = TokenBucket(.init(perMinute: limit, burst: burst), at: .zero)
    let amounts = (0..<600).map { _ in Double.random(in: 0...min(10, limit * burst), using: &generator) }
    let idle = (0..<600).map { _ in Int.random(in: 0..<50, using: &generator) == 0 ? Duration.seconds(70) : .zero }
    let taken = run(&bucket, amounts) { idle[$0] }
    #expect(most(taken, in: .seconds(60)) <= limit + 1e-6)
  }

  @Test("What waits is let through at nearly the limit")
  func throughput() {
    var bucket = TokenBucket(.init(perMinute: 600, burst: 0.1, slack: .zero), at: .zero)
    let taken = run(&bucket, Array(repeating: 1, count: 2_000)) { _ in .zero }
    let minutes = (taken.last?.0.seconds ?? 0) / 60
    #expect(2_000 / minutes > 0.89 * 600)
  }

  @Test("It starts empty, fills to the burst, and no further")
  func capacity() {
    var bucket = TokenBucket(.init(perMinute: 60, burst: 0.1, slack: .zero), at: .zero)
    #expect(bucket.wait(for: 1, at: .zero) > .seconds(1))
    #expect(bucket.wait(for: 6, at: .seconds(3_600)) == .zero)
    bucket.take(6)
    #expect(bucket.wait(for: 1, at: .seconds(3_600)) > .seconds(1))
  }

  @Test("A share near 0 over a debt is no trap")
  func tinyShare() {
    var bucket = TokenBucket(.init(perMinute: 0.001, burst: 0.0001), share: 1, at: .zero)
    bucket.take(1e6)
    bucket.setShare(1e-16, at: .zero)
    #expect(bucket.wait(for: 1, at: .zero) > .seconds(3_600))
  }

  @Test("An amount above the burst goes from a full bucket, and the next ones wait for its debt")
  func large() {
    var bucket = TokenBucket(.init(perMinute: 60, burst: 0.1, slack: .zero), at: .zero)
    #expect(bucket.wait(for: 30, at: .seconds(3_600)) == .zero)
    bucket.take(30)
    let wait = bucket.wait(for: 1, at: .seconds(3_600)).seconds
    #expect(abs(wait - 25 / 0.9) < 1e-6)
  }

  @Test("An estimate is corrected both ways, and never above the burst")
  func settle() {
    var bucket = TokenBucket(.init(perMinute: 600, burst: 0.5, slack: .zero), at: .zero)
    _ = bucket.wait(for: 300, at: .seconds(600))
    bucket.take(200)
    bucket.settle(estimated: 200, actual: 50, at: .seconds(600))
    #expect(bucket.wait(for: 250, at: .seconds(600)) == .zero)
    bucket.settle(estimated: 0, actual: 10, at: .seconds(600))
    #expect(bucket.wait(for: 250, at: .seconds(600)) > .zero)
    bucket.settle(estimated: 10_000, actual: 0, at: .seconds(600))
    bucket.take(300)
    #expect(bucket.wait(for: 1, at: .seconds(600)) > .zero)
  }

  @Test("Workers whose shares move, but never sum to more than 1, keep one limit together", arguments: 1...10)
  func shares(seed: UInt64) {
    var generator = Seeded(seed)
    var buckets = [TokenBucket](repeating: TokenBucket(.init(perMinute: 120), share: 0.5, at: .zero), count: 2)
    var taken: [(Duration, Double)] = []
    for tick in 0..<6_000 {
      let now = Duration.milliseconds(tick * 50)
      if tick % 200 == 0 {
        let share = Double.random(in: 0...1, using: &generator)
        buckets[0].setShare(share, at: now)
        buckets[1].setShare(1 - share, at: now)
      }
      for index in buckets.indices where buckets[index].wait(for: 1, at: now) == .zero {
        buckets[index].take(1)
        taken.append((now, 1))
      }
    }
    #expect(taken.count > 300)
    #expect(most(taken, in: .seconds(60)) <= 120)
  }

  @Test("Without a share nothing goes")
  func noShare() {
    var bucket = TokenBucket(.init(perMinute: 60), share: 0, at: .zero)
    #expect(bucket.wait(for: 1, at: .seconds(1_000)) > .zero)
    #expect(bucket.wait(for: 0, at: .seconds(1_000)) > .zero)
  }
}
