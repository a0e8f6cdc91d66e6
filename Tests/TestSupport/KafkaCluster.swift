import Foundation
import Kafka
import Testing

/// The cluster that a test runs on: an embedded broker of its own, or the one at `SHUNT_TEST_KAFKA`, where topics and
/// groups get names of their own.
public struct KafkaCluster: Sendable {
  /// `host:port` of a real broker, if the environment names one.
  public static let external = ProcessInfo.processInfo.environment["SHUNT_TEST_KAFKA"]

  /// How to reach it.
  public let settings: KafkaSettings

  /// The broker, unless it is a real one.
  public let embedded: EmbeddedBroker?

  private let suffix: String

  /// Starts a broker, or picks the real one.
  public init() throws {
    embedded = Self.external == nil ? try EmbeddedBroker() : nil
    settings = embedded?.settings ?? KafkaSettings(brokers: Self.external ?? "")
    suffix = "-\(UUID().uuidString.prefix(8))"
  }

  /// A name that no other test run has.
  public func unique(_ name: String) -> String { name + suffix }

  /// Makes a topic and returns its full name.
  public func topic(_ name: String, partitions: Int = 1) async throws -> String {
    let topic = unique(name)
    try await create(topic, partitions: partitions)
    return topic
  }

  /// Makes a topic of this very name.
  public func create(_ topic: String, partitions: Int = 1) async throws {
    if let embedded {
      try embedded.createTopic(topic, partitions: partitions)
    } else {
      let ledger = try #require(OwnTopics.Ledger.current, "a test that makes topics has the trait .ownTopics")
      ledger.names.withLock { $0.append(topic) }
      try await Admin(settings: settings).createTopics([NewTopic(name: topic, partitions: partitions)])
    }
  }
}
