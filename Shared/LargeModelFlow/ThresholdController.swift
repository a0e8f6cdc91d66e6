import Foundation

/// Moves the shunt threshold δ between two bounds so that a budget lasts until its window ends.
///
/// A lower δ lets more samples stand with the small models, so fewer are asked about: the bar for asking is raised. The
/// controller compares how fast money goes with how fast it may go until the window's end, and steps in proportion to
/// the logarithm of that ratio; each move is a value to be recorded.
public struct ThresholdController: Sendable, Equatable {
  /// How it moves.
  public struct Settings: Sendable, Equatable {
    /// The lowest δ: the fewest queries.
    public var lower: Float
    /// The highest δ, the calibrated one: the most queries.
    public var upper: Float
    /// The part of the way between the bounds that one step takes where money goes twice as fast as it may.
    public var gain: Float
    /// No move while the ratio is within so much of 1.
    public var tolerance: Double

    /// Settings; `lower` above `upper` counts as `upper`.
    public init(lower: Float, upper: Float, gain: Float = 0.1, tolerance: Double = 0.05) {
      self.lower = min(lower, upper)
      self.upper = upper
      self.gain = gain
      self.tolerance = tolerance
    }
  }

  /// One move of δ, with its reason.
  public struct Move: Sendable, Equatable, Codable {
    /// When.
    public let at: Date
    /// δ before.
    public let from: Float
    /// δ after.
    public let to: Float
    /// How fast money went ÷ how fast it may go until the window ends; the worst of the windows, at most 1,000.
    public let pressure: Double
    /// Spent in that window.
    public let spent: Double
    /// That window's limit.
    public let limit: Double
  }

  /// δ as it stands.
  public private(set) var threshold: Float
  /// The highest that it may be.
  public var upper: Float { settings.upper }
  private let settings: Settings
  private var last: (at: Date, spent: [Budget.Window: Double])?

  /// A controller at its upper bound.
  public init(_ settings: Settings) {
    self.settings = settings
    threshold = settings.upper
  }

  /// Looks at what was spent since the last look; call it at even intervals, such as a minute.
  /// - Parameter statuses: the ledger's `status`.
  /// - Returns: the move, to be recorded; `nil` where δ stays.
  public mutating func update(_ statuses: [BudgetLedger.Status], at now: Date) -> Move? {
    let previous = last
    last = (now, Dictionary(statuses.map { ($0.window, $0.spent) }, uniquingKeysWith: max))
    guard let previous, now > previous.at else { return nil }
    let pressures = statuses.map { ($0, pressure($0, since: previous, at: now)) }
    guard let (status, pressure) = pressures.max(by: { $0.1 < $1.1 }) else { return nil }
    let target = moved(by: pressure)
    guard target != threshold else { return nil }
    defer { threshold = target }
    return Move(
      at: now, from: threshold, to: target, pressure: pressure, spent: status.spent, limit: status.limit)
  }

  private func pressure(
    _ status: BudgetLedger.Status, since previous: (at: Date, spent: [Budget.Window: Double]), at now: Date
  ) -> Double {
    let most = 1_000.0
    // A window that began since then starts from nothing.
    let before = previous.spent[status.window, default: 0]
    let rate = max(0, status.spent - (before <= status.spent ? before : 0)) / now.timeIntervalSince(previous.at)
    let left = status.limit - status.spent
    guard left > 0 else { return most }
    return min(most, rate * max(0, status.end.timeIntervalSince(now)) / left)
  }

  private func moved(by pressure: Double) -> Float {
    guard abs(pressure - 1) > settings.tolerance else { return threshold }
    guard pressure < 1_000 else { return settings.lower }
    let doublings = max(-2, min(2, log2(max(pressure, 0.01))))
    let step = settings.gain * (settings.upper - settings.lower) * Float(doublings)
    return min(settings.upper, max(settings.lower, threshold - step))
  }

  /// Equal where settings, δ and the last look are.
  public static func == (left: Self, right: Self) -> Bool {
    left.threshold == right.threshold && left.settings == right.settings && left.last?.at == right.last?.at
      && left.last?.spent == right.last?.spent
  }
}
