import CLibrdkafka
import Logging

/// A Kafka cluster inside this process, for tests and local mode: librdkafka's own mock cluster, which speaks the real
/// protocol on a loopback port to any client of any process.
///
/// It keeps everything in memory, each partition only its newest 5 MiB or 100,000 messages, and forgets the rest
/// silently: whoever produces paces itself by `Admin.progress`. It takes no admin requests: topics are made by
/// `createTopic`, or by their first use with four partitions. Transactions are accepted but not isolated, and offsets
/// sent to them are not stored.
public final class EmbeddedBroker: @unchecked Sendable {  // The mock serialises requests on a thread of its own.
  /// Where it listens, as `KafkaSettings.brokers` takes it.
  public let bootstrapServers: String

  /// Owned: destroyed in `deinit`, before `host` goes.
  private let cluster: OpaquePointer
  /// The client that the mock cluster lives in.
  private let host: ClientHandle

  /// Starts the brokers, numbered from 1.
  /// - Parameter topics: names and their numbers of partitions.
  public init(
    brokers: Int = 1, topics: [String: Int] = [:], logger: Logger = Logger(label: "kafka.broker")
  ) throws {
    let configuration = try ClientConfiguration(broker: "embedded-broker")
    host = try ClientHandle(RD_KAFKA_PRODUCER, configuration, ClientEvents(logger: logger))
    guard let cluster = rd_kafka_mock_cluster_new(host.pointer, Int32(clamping: brokers)) else {
      throw KafkaError(code: "_FAIL", message: "the embedded broker found no loopback port to listen on")
    }
    self.cluster = cluster
    // The string is the cluster's: copied.
    bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    // As brokers do; the mock leaves it out.
    for descriptor in try ListeningSockets.descriptors(ports: ports) {
      try ListeningSockets.disableDelay(descriptor)
    }
    for (topic, partitions) in topics { try createTopic(topic, partitions: partitions) }
  }

  deinit { rd_kafka_mock_cluster_destroy(cluster) }

  /// Of all brokers.
  var ports: Set<UInt16> {
    Set(bootstrapServers.split(separator: ",").compactMap { $0.split(separator: ":").last.flatMap { UInt16($0) } })
  }

  /// Settings for clients of this broker. It rebalances a group once the group's session timeout less a second is
  /// over, and so the timeout is short; a client that takes `bootstrapServers` alone should shorten it too.
  public var settings: KafkaSettings {
    KafkaSettings(
      brokers: bootstrapServers, properties: ["session.timeout.ms": "6000", "heartbeat.interval.ms": "500"])
  }

  /// Makes a topic.
  public func createTopic(_ name: String, partitions: Int) throws {
    try KafkaError.check(
      rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), 1), "creating topic \"\(name)\"")
  }
}

/// Faults to order, for tests.
extension EmbeddedBroker {
  /// What a client asks of a broker, by its number in the protocol.
  public enum Request: Int16, Sendable {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
    case metadata = 3
    case offsetCommit = 8
    case offsetFetch = 9
    case findCoordinator = 10
    case joinGroup = 11
    case heartbeat = 12
    case leaveGroup = 13
    case syncGroup = 14
    case initProducerID = 22
    case addPartitionsToTransaction = 24
    case addOffsetsToTransaction = 25
    case endTransaction = 26
    case transactionOffsetCommit = 28
  }

  /// Answers the next requests of that kind with these errors, one each; `_TRANSPORT` closes the connection instead.
  /// - Throws: `KafkaError` for a code that Kafka does not have.
  public func failNext(_ request: Request, with codes: [String]) throws {
    let errors = try codes.map(Self.error(named:))
    rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
  }

  /// Closes a broker's connections and takes no new ones.
  public func takeDown(broker: Int32 = 1) throws {
    try KafkaError.check(rd_kafka_mock_broker_set_down(cluster, broker), "taking broker \(broker) down")
  }

  /// Ends `takeDown`.
  public func bringUp(broker: Int32 = 1) throws {
    try KafkaError.check(rd_kafka_mock_broker_set_up(cluster, broker), "bringing broker \(broker) up")
  }

  private static func error(named code: String) throws -> rd_kafka_resp_err_t {
    var descriptions: UnsafePointer<rd_kafka_err_desc>?  // Static in librdkafka.
    var count = 0
    rd_kafka_get_err_descs(&descriptions, &count)
    for index in 0..<count {
      guard let description = descriptions?[index], let name = description.name else { continue }
      if String(cString: name) == code { return description.code }
    }
    throw KafkaError(code: "_INVALID_ARG", message: "Kafka has no error \"\(code)\"")
  }
}
