import Foundation
import Testing

@testable import Kafka

@Suite struct SettingsTests {
  private let properties = [
    "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "router",
    "sasl.password": "hunter2", "ssl.key.password": "hunter3",
  ]

  @Test func descriptionShowsNoSecret() {
    let settings = KafkaSettings(brokers: "kafka:9093", properties: properties)
    #expect(
      settings.description == "brokers=kafka:9093 client.id=data-shunt sasl.mechanism=SCRAM-SHA-512 "
        + "sasl.password=*** sasl.username=router security.protocol=SASL_SSL ssl.key.password=***")
  }

  @Test func transportSecurityPassesThrough() throws {
    _ = try Producer(settings: KafkaSettings(brokers: "127.0.0.1:1", properties: properties))
  }

  @Test(arguments: [
    ("bootstrap.server", "x", "_UNKNOWN_PROPERTY"),
    ("session.timeout.ms", "soon", "_INVALID_ARG"),
    ("enable.auto.commit", "true", "_INVALID_ARG"),
    ("ssl.ca.pem", "no certificate", "_INVALID_ARG"),
  ])
  func aBadPropertyIsRefusedByName(key: String, value: String, code: String) throws {
    let settings = KafkaSettings(
      brokers: "127.0.0.1:1", properties: [key: value, "security.protocol": "ssl"])
    let error = try #require(throws: KafkaError.self) {
      try Consumer(settings: settings, group: "group", topics: ["samples"])
    }
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(key), "\(error)")
  }

  @Test func noBrokersAreRefused() throws {
    let error = try #require(throws: KafkaError.self) { try Producer(settings: KafkaSettings(brokers: " ")) }
    #expect(error.message.contains("host:port"))
  }

  @Test func anErrorSaysEverythingInOneLine() {
    let error = KafkaError(
      code: "MSG_SIZE_TOO_LARGE", message: "publish to samples", isFatal: true, isRetriable: true,
      requiresAbort: true, failedRecords: [3, 4])
    #expect(
      error.description == "Kafka MSG_SIZE_TOO_LARGE: publish to samples (fatal) (may be retried) "
        + "(abort the transaction); 2 records failed, the first is 3")
  }
}

@Suite struct EmbeddedBrokerTests {
  /// Each of a client's requests once waited up to 40 ms for the acknowledgement of the answer before.
  @Test func connectionsSendSmallPacketsAtOnce() throws {
    let broker = try EmbeddedBroker(brokers: 2)
    let sockets = try ListeningSockets.descriptors(ports: broker.ports)
    #expect(sockets.count == 2)
    for socket in sockets {
      #expect(ListeningSockets.option(TCP_NODELAY, Int32(IPPROTO_TCP), of: socket) == 1)
    }
    withExtendedLifetime(broker) {}
  }
}
