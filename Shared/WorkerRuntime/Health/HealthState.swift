import Foundation

/// How one component of a worker is.
public enum ComponentState: Sendable, Equatable {
  /// Not usable yet; the text says what it waits for.
  case starting(String)
  /// Works.
  case ready
  /// Works with less; the worker stays ready.
  case degraded(String)
  /// Does not work now and tries again, such as a broker or a database that is away. A worker that was ready stays it
  /// for the grace time, so that a reconnect turns nobody away, and is not ready after it.
  case failing(String)
  /// Will not work again in this process.
  case failed(String)

  /// What it is called to operators, and what there is to say of it.
  var words: (kind: String, reason: String?) {
    switch self {
    case .starting(let reason): ("starting", reason)
    case .ready: ("ready", nil)
    case .degraded(let reason): ("degraded", reason)
    case .failing(let reason): ("failing", reason)
    case .failed(let reason): ("failed", reason)
    }
  }
}

/// The health of a whole worker at one moment: a value, without input or output.
public struct HealthState: Sendable, Equatable {
  /// A component's state, and since when it is of this kind; its reason may have changed meanwhile.
  public struct Component: Sendable, Equatable {
    /// The state.
    public let state: ComponentState
    /// Since when.
    public let since: Date
    /// False while it has only been starting: what has never worked has no grace time.
    fileprivate let hasWorked: Bool
  }

  /// Components by name.
  public private(set) var components: [String: Component] = [:]
  /// Shutdown has begun: no new work is taken, what is begun is finished.
  public var isDraining = false
  /// What holds tasks back; the worker stays ready.
  public var holds = HoldLedger()
  /// What rejects samples; the worker stays ready.
  public var rejections = RejectionTally()
  /// For how many seconds a component may be failing before the worker is not ready.
  public let graceTime: Duration
  /// When this was looked at.
  public var instant: Date

  /// A worker of which nothing is known yet; it is alive and ready.
  public init(graceTime: Duration, at instant: Date) {
    self.graceTime = graceTime
    self.instant = instant
  }

  /// Sets a component's state as of `instant`.
  public mutating func set(_ component: String, _ state: ComponentState) {
    let before = components[component]
    let since = before?.state.words.kind == state.words.kind ? before?.since : nil
    let hasWorked =
      switch state {
      case .ready, .degraded: true
      case .starting: before?.hasWorked ?? false
      case .failing, .failed: before?.hasWorked ?? true
      }
    components[component] = Component(state: state, since: since ?? instant, hasWorked: hasWorked)
  }

  /// False after a fatal error: a restart is the remedy.
  public var isAlive: Bool { !components.values.contains { if case .failed = $0.state { true } else { false } } }

  /// True while every component works and no shutdown has begun.
  public var isReady: Bool { !isDraining && components.values.allSatisfy(isReady) }

  private func isReady(_ component: Component) -> Bool {
    switch component.state {
    case .ready, .degraded: true
    case .failing: component.hasWorked && .seconds(instant.timeIntervalSince(component.since)) < graceTime
    case .starting, .failed: false
    }
  }

  /// One line a component that has something to say, sorted by name, such as
  /// `database: failing since 2026-11-27T18:04:11Z: …`, then one a hold and one a reason that rejects more than a few
  /// samples; `ok` where there is none.
  public var report: String {
    let lines = components.sorted { $0.key < $1.key }.compactMap { name, component -> String? in
      let (kind, reason) = component.state.words
      return reason.map { "\(name): \(kind) since \(component.since.formatted(.iso8601)): \($0)" }
    }
    let all = (isDraining ? ["draining: shutdown has begun"] : []) + lines + holds.report + rejections.report
    return (all.isEmpty ? ["ok"] : all).map { $0 + "\n" }.joined()
  }

  /// The same as gauges: `health_ready`, and 1 for the kind of state that each component has.
  var metrics: String {
    let ready = "# TYPE health_ready gauge\nhealth_ready \(isReady ? 1 : 0)\n"
    let states = components.sorted { $0.key < $1.key }.map { name, component in
      let labels = PrometheusText.labels([("component", name), ("state", component.state.words.kind)])
      return PrometheusText.sample("health_component", labels, "1") + "\n"
    }
    return ready + (states.isEmpty ? "" : "# TYPE health_component gauge\n") + states.joined()
  }
}
