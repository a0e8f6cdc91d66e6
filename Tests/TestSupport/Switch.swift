import Synchronization

/// Is off until it is turned on, for whoever looks.
public final class Switch: Sendable {
  private let state = Atomic(false)

  /// Off.
  public init() {}

  /// Whether it was turned on.
  public var isOn: Bool { state.load(ordering: .acquiring) }

  /// Turns it on.
  public func turnOn() { state.store(true, ordering: .releasing) }
}
