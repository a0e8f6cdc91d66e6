import Synchronization

/// The worker's health, shared by its services and its HTTP endpoints.
public final class Health: Sendable {
  private let current = Mutex(HealthState())

  /// Nothing known yet.
  public init() {}

  /// The health now.
  public var state: HealthState { current.withLock { $0 } }

  /// Sets a component's state. Name every component once before the worker runs, as `.starting`, so that it is waited
  /// for.
  public func set(_ component: String, _ state: ComponentState) {
    current.withLock { $0.components[component] = state }
  }

  /// Marks that shutdown has begun.
  public func beginDraining() { current.withLock { $0.isDraining = true } }
}
