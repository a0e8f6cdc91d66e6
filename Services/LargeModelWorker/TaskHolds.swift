import Kafka
import LargeModel
import LargeModelFlow

/// What becomes of samples that got no answer, and of their tasks: values in, values out.
struct TaskHolds {
  /// A sample's place in Kafka.
  struct Place: Hashable, Sendable {
    let partition: TopicPartition
    let offset: Int64

    init(_ item: HardItem) { (partition, offset) = (item.place, item.offset) }
  }

  /// What was known of a task when it was asked; kept by who asks, and handed back with what came of it.
  struct Mark: Sendable {
    fileprivate var answered = 0
    fileprivate var holds = 0
  }

  /// What an outcome means.
  struct Consequence {
    /// Samples whose own fault it is.
    var rejected: [(item: HardItem, error: LargeModelError)] = []
    /// Samples that are to be asked about again after a while.
    var postponed: [(item: HardItem, wait: Duration)] = []
    /// What holds the whole task back, and for how long.
    var hold: (hold: LargeModelDesk.Hold, wait: Duration)?
    /// What held it back and does so no more, a metric's label.
    var released: String?
    /// Whether it works again: something was answered that was asked after the last hold.
    var isRecovered = false
  }

  private struct Task {
    var attribution = FaultAttribution<Place>()
    /// Holds so far, and those of them since something was answered.
    var (holds, inARow) = (0, 0)
    var cause: String?

    /// - Returns: the cause that this one takes the place of.
    mutating func hold(for cause: String?) -> String? {
      defer { self.cause = cause }
      return self.cause == cause ? nil : self.cause
    }
  }

  private var tasks: [String: Task] = [:]

  /// To be kept by who asks about samples of a task.
  func mark(_ task: String) -> Mark {
    tasks[task].map { Mark(answered: $0.attribution.answered, holds: $0.holds) } ?? Mark()
  }

  /// Whether the server is to be asked a control question before these samples of one task.
  func needsControl(_ items: [HardItem]) -> Bool {
    items.contains { tasks[$0.hard.sample.task]?.attribution.needsControl(Place($0)) ?? false }
  }

  /// Takes what came of samples of a task.
  /// - Parameters:
  ///   - retry: how long waits last: doubling, up to a cap.
  ///   - isHeld: whether the task is held back already: many under way at once learn the same.
  mutating func take(
    _ outcome: LargeModelDesk.Outcome, of name: String, asked mark: Mark, retry: RetryPolicy, isHeld: Bool
  ) -> Consequence {
    var (task, consequence) = (tasks[name] ?? Task(), Consequence())
    defer { tasks[name] = task }
    for item in outcome.concluded { task.attribution.succeeded(Place(item)) }
    if outcome.isControlAnswered { task.attribution.succeeded(nil) }
    if outcome.isControlAnswered || !outcome.concluded.isEmpty, mark.holds == task.holds {
      consequence.isRecovered = true
      consequence.released = task.hold(for: nil)
      task.inARow = 0
    }
    var hold = outcome.hold
    consequence.postponed = outcome.postponed.map { ($0, .zero) }
    for (item, error) in outcome.failed {
      switch task.attribution.failed(Place(item), by: error, askedAt: mark.answered) {
      case .reject: consequence.rejected.append((item, error))
      case .postpone(let tries): consequence.postponed.append((item, retry.ceiling(afterAttempt: tries)))
      case .hold:
        consequence.postponed.append((item, .zero))
        hold = hold ?? LargeModelDesk.Hold(error)
      }
    }
    guard let hold else { return consequence }
    if !isHeld { (task.holds, task.inARow) = (task.holds + 1, task.inARow + 1) }
    consequence.released = task.hold(for: hold.cause) ?? consequence.released
    consequence.hold = (hold, max(retry.ceiling(afterAttempt: task.inARow), hold.wait ?? .zero))
    return consequence
  }

  /// Notes that a server is to be left alone.
  /// - Returns: the cause that this one takes the place of.
  mutating func pause(_ name: String, for cause: String) -> String? { tasks[name, default: Task()].hold(for: cause) }

  /// Notes that nothing of a task waits any more.
  /// - Returns: what held it back until now.
  mutating func idle(_ name: String) -> String? { tasks[name]?.hold(for: nil) }

  /// Forgets what is known of single samples: some moved to another worker.
  mutating func forgetSamples() { for name in tasks.keys { tasks[name]?.attribution.forgetSamples() } }
}
