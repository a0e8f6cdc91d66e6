import Foundation

/// Why a round starts.
public enum RoundReason: Sendable, Equatable, CustomStringConvertible {
  /// Somebody asked for it (`shunt distill now`).
  case requested
  /// So many new answers have come.
  case newAnswers(Int)
  /// The last round is long enough ago.
  case schedule
  /// The stream has drifted.
  case drift(String)

  /// The reason in words.
  public var description: String {
    switch self {
    case .requested: "requested"
    case .newAnswers(let count): "\(count) new answers"
    case .schedule: "by schedule"
    case .drift(let text): "drift: \(text)"
    }
  }
}

/// When a round starts. Values in, values out: the clock is the caller's.
public struct RoundPolicy: Sendable, Equatable {
  /// A round at least this often; `nil` for no schedule.
  public var interval: Duration?
  /// A round as soon as so many answers are new; `nil` for never by number.
  public var newAnswers: Int?
  /// Fewer new answers than this teach nothing, so that only a request starts a round.
  public var leastAnswers = 100
  /// Between a round's end and the next one's start, unless requested.
  public var pause = Duration.seconds(60)
  /// What a drift alarm starts.
  public var onDrift = OnDrift.round

  /// What a drift alarm starts.
  public enum OnDrift: String, Sendable, CaseIterable {
    /// The alarm's row, metric and log line are all.
    case nothing
    /// A round of distillation.
    case round
    /// T and δ of the last small model in force are fitted anew; nothing is trained.
    case recalibration
  }

  /// No schedule and no number: only requests and drift.
  public init() {}

  /// What the policy looks at.
  public struct State: Sendable, Equatable {
    /// When the last round ended, or the distiller first started.
    public var lastRound: Date
    /// Answers since the cursor.
    public var newAnswers: Int
    /// Whether somebody asked for a round.
    public var isRequested: Bool
    /// What drifted since the last round.
    public var drift: String?

    /// What is known.
    public init(lastRound: Date, newAnswers: Int, isRequested: Bool = false, drift: String? = nil) {
      self.lastRound = lastRound
      self.newAnswers = newAnswers
      self.isRequested = isRequested
      self.drift = drift
    }
  }

  /// Why a round starts now; `nil` where none does. A request comes first, then drift, number, schedule.
  public func reason(_ state: State, now: Date) -> RoundReason? {
    if state.isRequested { return .requested }
    let elapsed = Duration.seconds(now.timeIntervalSince(state.lastRound))
    guard state.newAnswers >= max(1, leastAnswers), elapsed >= pause else { return nil }
    if onDrift != .nothing, let drift = state.drift { return .drift(drift) }
    if let newAnswers, state.newAnswers >= newAnswers { return .newAnswers(state.newAnswers) }
    if let interval, elapsed >= interval { return .schedule }
    return nil
  }
}
