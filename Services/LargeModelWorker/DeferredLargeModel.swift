import Concurrency
import LargeModel
import Synchronization

/// A large model whose files could not be read when the worker began: each question tries again to make it, and fails
/// for the world's reason until that succeeds, so that its task is held and the others go on.
final class DeferredLargeModel: LargeModel {
  private let make: @Sendable () async throws -> any LargeModel
  private let made = Mutex<(any LargeModel)?>(nil)
  private let flight = SingleFlight<Int, any LargeModel>()

  init(_ make: @escaping @Sendable () async throws -> any LargeModel) { self.make = make }

  /// Says nothing before it is made: nothing is answered before.
  var version: String { made.withLock { $0?.version } ?? "not loaded" }

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try await model().answer(requests)
  }

  private func model() async throws -> any LargeModel {
    if let model = made.withLock({ $0 }) { return model }
    return try await flight.value(for: 0) {
      let model = try await make()
      made.withLock { $0 = model }
      return model
    }.value
  }
}
