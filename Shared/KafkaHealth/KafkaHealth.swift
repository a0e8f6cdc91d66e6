import Kafka
import WorkerRuntime

extension Health {
  /// Shows as `component` how a consumer fares while `body` runs.
  public func showing<Value: Sendable>(
    _ consumer: Consumer, as component: String, while body: () async throws -> Value
  ) async throws -> Value {
    set(component, ComponentState(consumer.condition))
    // Ends with the scope, by cancellation.
    async let _ = watch(consumer, as: component)
    return try await body()
  }

  private func watch(_ consumer: Consumer, as component: String) async {
    do {
      while true {
        try await Task.sleep(for: .seconds(1))  // Nothing waits for it: it is how old what operators see may be.
        set(component, ComponentState(consumer.condition))
      }
    } catch {
      // Cancelled: the body has ended.
    }
  }
}

extension ComponentState {
  init(_ condition: ConsumerCondition) {
    switch condition {
    case .joining: self = .starting("joins the consumer group")
    case .working: self = .ready
    case .limited(let reason): self = .degraded(reason)
    case .cutOff(let reason): self = .failing(reason)
    }
  }
}
