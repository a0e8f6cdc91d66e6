import Kafka
import Synchronization
import Testing

/// Deletes the topics that a test made on a real broker once the test has ended; an embedded one goes with all it has.
public struct OwnTopics: SuiteTrait, TestTrait, TestScoping {
  /// Each test of a suite has its own.
  public let isRecursive = true

  /// The names that the running test has made.
  final class Ledger: Sendable {
    @TaskLocal static var current: Ledger?
    let names = Mutex<[String]>([])
  }

  /// Runs the test, and deletes its topics whatever came of it.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard KafkaCluster.external != nil, testCase != nil else { return try await function() }
    let ledger = Ledger()
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await Ledger.$current.withValue(ledger, operation: function))
    } catch {
      outcome = .failure(error)
    }
    let names = ledger.names.withLock { $0 }
    if !names.isEmpty { try await Admin(settings: KafkaCluster().settings).deleteTopics(names) }
    try outcome.get()
  }
}

extension Trait where Self == OwnTopics {
  /// For suites and tests that make topics.
  public static var ownTopics: Self { OwnTopics() }
}

extension Trait where Self == ConditionTrait {
  /// For tests that order faults, which a real broker takes no orders for.
  public static var onEmbeddedBroker: Self {
    .enabled(if: KafkaCluster.external == nil, "orders faults from the embedded broker; SHUNT_TEST_KAFKA is set")
  }
}
