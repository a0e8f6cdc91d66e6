import Concurrency

/// A limit of so much a minute that holds in every window of a minute, not only on average.
///
/// A bucket of `burst` × limit is refilled so that burst and refill together make the limit: whatever the window, at
/// most the limit is taken in it, as long as no single amount is above the burst. The slack is for the way to the
/// server: requests that leave a minute apart may be counted closer together there.
public struct TokenBucket: Sendable, Equatable {
  /// So much a minute.
  public struct Limit: Sendable, Equatable {
    /// Above 0.
    public var perMinute: Double
    /// The part of a minute's amount that may go at once, above 0 and below 1.
    public var burst: Double
    /// By how much the way to the server may shift two requests against each other.
    public var slack: Duration

    /// A limit; the default lets a tenth go at once.
    public init(perMinute: Double, burst: Double = 0.1, slack: Duration = .seconds(2)) {
      self.perMinute = perMinute
      self.burst = burst
      self.slack = slack
    }
  }

  private let limit: Limit
  private var share: Double
  private var available: Double
  private var refilledAt: Duration

  /// An empty bucket: a worker that restarts over and over has no burst each time.
  /// - Parameters:
  ///   - share: this worker's part of the limit, 0 to 1.
  ///   - now: time since any fixed start.
  public init(_ limit: Limit, share: Double = 1, at now: Duration) {
    self.limit = limit
    self.share = share
    available = 0
    refilledAt = now
  }

  /// The most that may go at once.
  public var capacity: Double { limit.perMinute * limit.burst * share }

  /// Refill in amounts a second.
  public var rate: Double { limit.perMinute * (1 - limit.burst) * share / (60 + limit.slack.seconds) }

  /// How long until an amount may be taken; 0 where it may now. An amount above the capacity needs a full bucket and
  /// leaves a debt that the next ones wait for.
  public mutating func wait(for amount: Double, at now: Duration) -> Duration {
    refill(at: now)
    let missing = min(amount, capacity) - available
    guard missing > 0 || share <= 0 else { return .zero }
    guard rate > 0 else { return .seconds(1) }
    // A nanosecond more, so that rounding never asks for one more very short sleep.
    // A share near 0 would make it longer than a Duration can hold.
    return .seconds(min(missing / rate, 1e9)) + .nanoseconds(1)
  }

  /// Takes an amount that may be taken now.
  public mutating func take(_ amount: Double) { available -= amount }

  /// Corrects what was taken on an estimate.
  public mutating func settle(estimated: Double, actual: Double, at now: Duration) {
    refill(at: now)
    available = min(capacity, available + estimated - actual)
  }

  /// Changes this worker's part of the limit. A larger share adds no tokens at once, a smaller one takes them away, so
  /// that shares that move between workers never make more than one limit.
  public mutating func setShare(_ share: Double, at now: Duration) {
    refill(at: now)
    self.share = share
    available = min(available, capacity)
  }

  private mutating func refill(at now: Duration) {
    guard now > refilledAt else { return }
    available = min(capacity, available + rate * (now - refilledAt).seconds)
    refilledAt = now
  }
}
