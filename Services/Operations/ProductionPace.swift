/// When samples may go so that so many a second do: a bucket that fills at that rate and holds a tenth of a second's
/// samples at most, so that time lost to a slow broker is not caught up in a burst.
struct ProductionPace: Sendable, Equatable {
  private let rate: Double
  private var available = 0.0
  private var filledAt: Duration

  /// - Parameters:
  ///   - rate: samples a second, above 0.
  ///   - now: time since any fixed start.
  init(rate: Double, at now: Duration) {
    self.rate = rate
    filledAt = now
  }

  /// A twentieth of a second's samples, at least one.
  private var least: Int { rate < 20 ? 1 : Int(min(Self.most, rate / 20)) }
  private var capacity: Double { max(Double(least), min(Self.most, rate / 10)) }
  /// More than these never go together.
  private static let most = 10_000.0

  /// How many samples go together next: a twentieth of a second's, or what a broker that was slow has left waiting.
  mutating func batchSize(at now: Duration) -> Int {
    fill(at: now)
    return max(least, Int(available))
  }

  /// How long until so many samples may go; 0 where they may now.
  mutating func wait(for count: Int, at now: Duration) -> Duration {
    fill(at: now)
    let missing = min(Double(count), capacity) - available
    // A nanosecond more, so that rounding never asks for one more very short sleep.
    return missing > 0 ? .seconds(missing / rate) + .nanoseconds(1) : .zero
  }

  private mutating func fill(at now: Duration) {
    guard now > filledAt else { return }
    available = min(capacity, available + rate * ((now - filledAt) / .seconds(1)))
    filledAt = now
  }

  /// Takes so many samples that may go now.
  mutating func take(_ count: Int) { available -= Double(count) }
}
