/// Stops asking a server that fails, and finds out by single probes when it is back (Nygard, Release It!).
///
///     closed ──too many failures──► open ──pause is over──► half-open ──probe succeeds──► closed
///                                    ▲                          │
///                                    └──────probe fails─────────┘
public struct CircuitBreaker: Sendable, Equatable {
  /// When it opens, and for how long.
  public struct Settings: Sendable, Equatable {
    /// So many of the latest outcomes count.
    public var window: Int
    /// It opens on no fewer outcomes.
    public var minimum: Int
    /// The part of failures at or above which it opens, 0 to 1.
    public var failureShare: Double
    /// How long it stays open.
    public var pause: Duration

    /// The defaults open it on a failure that makes half of the last 20, but not before 10.
    public init(window: Int = 20, minimum: Int = 10, failureShare: Double = 0.5, pause: Duration = .seconds(15)) {
      self.window = window
      self.minimum = minimum
      self.failureShare = failureShare
      self.pause = pause
    }
  }

  /// Where it stands.
  public enum State: Sendable, Equatable {
    /// Everything passes.
    case closed
    /// Nothing passes until then.
    case open(until: Duration)
    /// One probe passes; whether it is under way.
    case halfOpen(isProbing: Bool)
  }

  /// Leave to ask, to be handed back with the outcome.
  public struct Permit: Sendable, Equatable {
    fileprivate let generation: Int
  }

  /// How an attempt ended, as far as the server's health goes.
  public enum Outcome: Sendable, Equatable {
    /// The server works.
    case success
    /// The server failed.
    case failure
    /// The server refuses us altogether (key, quota, unknown model): opens at once.
    case refusal
    /// Nothing can be said: the attempt was given up.
    case none
  }

  /// Where it stands.
  public private(set) var state = State.closed
  private let settings: Settings
  private var failures: [Bool] = []
  private var next = 0
  // Each change of state starts a new one; outcomes of older attempts say nothing about the new state.
  private var generation = 0

  /// A closed breaker.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Leave to ask now; `nil` where the server is to be left alone.
  /// - Parameter now: time since any fixed start.
  public mutating func admit(at now: Duration) -> Permit? {
    switch state {
    case .closed: break
    case .open(let until) where now >= until: enter(.halfOpen(isProbing: true))
    case .halfOpen(isProbing: false): state = .halfOpen(isProbing: true)
    case .open, .halfOpen: return nil
    }
    return Permit(generation: generation)
  }

  /// How long until it is worth asking for leave again: 0 where it passes now, `nil` where a probe's outcome decides.
  public func wait(at now: Duration) -> Duration? {
    switch state {
    case .closed, .halfOpen(isProbing: false): .zero
    case .open(let until): max(.zero, until - now)
    case .halfOpen(isProbing: true): nil
    }
  }

  /// Takes an attempt's outcome.
  public mutating func record(_ outcome: Outcome, for permit: Permit, at now: Duration) {
    guard permit.generation == generation else { return }
    switch (state, outcome) {
    case (.open, _): break
    case (_, .refusal), (.halfOpen, .failure): open(at: now)
    case (.halfOpen, .success): enter(.closed)
    case (.halfOpen, .none): state = .halfOpen(isProbing: false)
    case (.closed, .none): break
    case (.closed, .success): remember(false)
    case (.closed, .failure):
      remember(true)
      if failsTooOften { open(at: now) }
    }
  }

  private var failsTooOften: Bool {
    failures.count >= settings.minimum
      && Double(failures.count(where: { $0 })) >= settings.failureShare * Double(failures.count)
  }

  private mutating func remember(_ failed: Bool) {
    if failures.count < settings.window {
      failures.append(failed)
    } else if !failures.isEmpty {
      failures[next] = failed
      next = (next + 1) % failures.count
    }
  }

  private mutating func open(at now: Duration) { enter(.open(until: now + settings.pause)) }

  private mutating func enter(_ state: State) {
    self.state = state
    generation += 1
    failures.removeAll(keepingCapacity: true)
    next = 0
  }
}
