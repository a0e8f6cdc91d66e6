import Foundation

/// What a task may cost, and what happens once that is spent.
public struct Budget: Sendable, Equatable {
  /// What happens to hard samples once the budget is spent.
  public enum WhenSpent: String, Sendable, Codable, CaseIterable {
    /// They wait for the next hour or day.
    case wait
    /// The best small model answers them, marked `degraded`; where none has seen them, they wait.
    case degrade
    /// `ThresholdController` asks about fewer all along, so that the budget lasts; should it be spent nevertheless, they
    /// wait.
    case raiseThreshold = "raise_threshold"
  }

  /// A calendar window in UTC.
  public enum Window: Int, Sendable, CaseIterable {
    /// From the full hour.
    case hour = 3_600
    /// From midnight.
    case day = 86_400
  }

  /// The most an hour may cost, in the currency of the prices; `nil` for no limit.
  public var perHour: Double?
  /// The most a day may cost.
  public var perDay: Double?
  /// What happens once either is spent.
  public var whenSpent: WhenSpent

  /// A budget.
  public init(perHour: Double? = nil, perDay: Double? = nil, whenSpent: WhenSpent = .wait) {
    self.perHour = perHour
    self.perDay = perDay
    self.whenSpent = whenSpent
  }

  /// A window's limit.
  public func limit(of window: Window) -> Double? { window == .hour ? perHour : perDay }
}

extension Budget.Window {
  /// When the window that holds a moment began.
  public func start(of moment: Date) -> Date {
    let length = Double(rawValue)
    return Date(timeIntervalSince1970: (moment.timeIntervalSince1970 / length).rounded(.down) * length)
  }

  /// When it ends.
  public func end(of moment: Date) -> Date { start(of: moment).addingTimeInterval(Double(rawValue)) }
}

/// What a task has cost in the running hour and day, what is under way counted by its estimate; decides what may be
/// asked. A restarted worker starts from what the database has.
public struct BudgetLedger: Sendable, Equatable {
  /// What is to become of a sample.
  public enum Decision: Sendable, Equatable {
    /// The large model may be asked; the estimate is reserved until `settle`.
    case ask
    /// Nothing may be asked before then.
    case wait(until: Date)
    /// The best small model answers.
    case degrade
  }

  /// A window's limit and what is spent of it.
  public struct Status: Sendable, Equatable {
    /// Which window.
    public let window: Budget.Window
    /// The most it may cost.
    public let limit: Double
    /// What it has cost, what is under way included.
    public let spent: Double
    /// When it ends.
    public let end: Date
  }

  private let budget: Budget
  private var starts: [Budget.Window: Date] = [:]
  private var spent: [Budget.Window: Double] = [:]
  private var reserved = 0.0

  /// A ledger of a task.
  /// - Parameters:
  ///   - spentThisHour: by this and other workers, as the database has it.
  ///   - spentToday: likewise.
  public init(_ budget: Budget, spentThisHour: Double = 0, spentToday: Double = 0, at now: Date) {
    self.budget = budget
    starts = [.hour: Budget.Window.hour.start(of: now), .day: Budget.Window.day.start(of: now)]
    spent = [.hour: spentThisHour, .day: spentToday]
  }

  /// Decides on a sample that is estimated to cost so much.
  /// - Parameter hasAnswer: whether a small model has one; a sample without waits where others are degraded.
  public mutating func decide(estimate: Double, hasAnswer: Bool = true, at now: Date) -> Decision {
    roll(to: now)
    let over = statuses(at: now).filter { $0.spent + estimate > $0.limit }
    guard let end = over.map(\.end).max() else {
      reserved += estimate
      return .ask
    }
    return budget.whenSpent == .degrade && hasAnswer ? .degrade : .wait(until: end)
  }

  /// Replaces a reserved estimate by what it really cost; 0 where nothing was asked in the end.
  public mutating func settle(estimate: Double, actual: Double, at now: Date) {
    roll(to: now)
    reserved = max(0, reserved - estimate)
    for window in Budget.Window.allCases { spent[window, default: 0] += actual }
  }

  /// Takes over what the database has for the running windows, where other workers spend too.
  public mutating func reload(spentThisHour: Double, spentToday: Double, at now: Date) {
    roll(to: now)
    spent = [.hour: spentThisHour, .day: spentToday]
  }

  /// The windows that have a limit.
  public mutating func status(at now: Date) -> [Status] {
    roll(to: now)
    return statuses(at: now)
  }

  private func statuses(at now: Date) -> [Status] {
    Budget.Window.allCases.compactMap { window in
      budget.limit(of: window).map {
        Status(window: window, limit: $0, spent: spent[window, default: 0] + reserved, end: window.end(of: now))
      }
    }
  }

  /// A clock that is set back changes nothing: money once spent stays spent.
  private mutating func roll(to now: Date) {
    for window in Budget.Window.allCases where window.start(of: now) > starts[window, default: .distantPast] {
      starts[window] = window.start(of: now)
      spent[window] = 0
    }
  }
}
