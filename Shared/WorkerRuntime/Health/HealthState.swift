/// How one component of a worker is.
public enum ComponentState: Sendable, Equatable {
  /// Not usable yet; the text says what it waits for.
  case starting(String)
  /// Works.
  case ready
  /// Works with less, such as on a reconnect; the worker stays ready.
  case degraded(String)
  /// Will not work again in this process.
  case failed(String)
}

/// The health of a whole worker: a value, without input or output.
public struct HealthState: Sendable, Equatable {
  /// Components by name.
  public var components: [String: ComponentState] = [:]
  /// Shutdown has begun: no new work is taken, what is begun is finished.
  public var isDraining = false

  /// A worker of which nothing is known yet; it is alive and ready.
  public init() {}

  /// False after a fatal error: a restart is the remedy.
  public var isAlive: Bool { !components.values.contains { if case .failed = $0 { true } else { false } } }

  /// True while every component works and no shutdown has begun.
  public var isReady: Bool {
    !isDraining && isAlive && !components.values.contains { if case .starting = $0 { true } else { false } }
  }

  /// One line a component that has something to say, sorted by name; `ok` where all are ready.
  public var report: String {
    let lines = components.sorted { $0.key < $1.key }.compactMap { name, state -> String? in
      switch state {
      case .ready: nil
      case .starting(let reason): "\(name): starting: \(reason)"
      case .degraded(let reason): "\(name): degraded: \(reason)"
      case .failed(let reason): "\(name): failed: \(reason)"
      }
    }
    let all = (isDraining ? ["draining: shutdown has begun"] : []) + lines
    return (all.isEmpty ? ["ok"] : all).map { $0 + "\n" }.joined()
  }
}
