import CLibrdkafka
import Concurrency
import Logging
import Synchronization

/// A topic to create.
public struct NewTopic: Sendable, Equatable {
  /// The topic's name.
  public var name: String

  /// How many partitions; the most consumers of one group that can share it.
  public var partitions: Int

  /// How many brokers hold each partition; `nil` leaves it to the cluster.
  public var replication: Int?

  /// Kafka's topic settings, such as `retention.ms`.
  public var configuration: [String: String]

  /// A topic of `partitions` partitions.
  public init(name: String, partitions: Int, replication: Int? = nil, configuration: [String: String] = [:]) {
    self.name = name
    self.partitions = partitions
    self.replication = replication
    self.configuration = configuration
  }
}

/// What an operator does to a cluster: topics, and how far groups have come.
public final class Admin: Sendable {
  let handle: ClientHandle
  let thread = DedicatedThread(name: "kafka-admin")
  let settings: KafkaSettings
  let logger: Logger
  /// Who asks for a group's commits, by group.
  let observers = Mutex<[String: ClientHandle]>([:])

  /// Connects in the background.
  /// - Throws: `KafkaError` for settings that librdkafka refuses.
  public init(settings: KafkaSettings, logger: Logger = Logger(label: "kafka.admin")) throws {
    self.settings = settings
    self.logger = logger
    let configuration = try ClientConfiguration(settings, defaults: [:], required: [:])
    handle = try ClientHandle(RD_KAFKA_PRODUCER, configuration, ClientEvents(logger: logger))
  }

  /// The partition counts of all topics, by name.
  public func topics(timeout: Duration = .seconds(30)) async throws -> [String: Int] {
    try await thread.run { [handle] in
      var metadata: UnsafePointer<rd_kafka_metadata>?
      let code = rd_kafka_metadata(handle.pointer, 1, nil, &metadata, timeout.milliseconds)
      try KafkaError.check(code, "listing topics")
      defer { rd_kafka_metadata_destroy(metadata) }  // Owns what is read below.
      guard let list = metadata?.pointee, let entries = list.topics else { return [:] }
      let topics = (0..<Int(list.topic_cnt)).map { entries[$0] }
      return Dictionary(
        topics.map { (String(cString: $0.topic), Int($0.partition_cnt)) }, uniquingKeysWith: { _, last in last })
    }
  }

  /// Creates the topics that are missing. Those that exist stay as they are.
  /// - Throws: `KafkaError` for the first that could not be created; an embedded broker takes no such requests.
  public func createTopics(_ topics: [NewTopic], timeout: Duration = .seconds(30)) async throws {
    let existing = try await self.topics(timeout: timeout)
    let missing = topics.filter { existing[$0.name] == nil }
    if missing.isEmpty { return }
    let outcomes = try await thread.run { [handle] in try Self.create(missing, handle, timeout) }
    for (topic, code) in outcomes where code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS {
      try KafkaError.check(code, "creating topic \"\(topic)\"")
    }
  }

  /// Deletes topics with all they hold. Those that do not exist are no error.
  public func deleteTopics(_ names: [String], timeout: Duration = .seconds(30)) async throws {
    if names.isEmpty { return }
    let outcomes = try await thread.run { [handle] in try Self.delete(names, handle, timeout) }
    for (topic, code) in outcomes where code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART {
      try KafkaError.check(code, "deleting topic \"\(topic)\"")
    }
  }
}

extension Admin {
  private typealias Outcomes = [(topic: String, code: rd_kafka_resp_err_t)]

  private static func create(_ topics: [NewTopic], _ handle: ClientHandle, _ timeout: Duration) throws -> Outcomes {
    // Ours until destroyed, also after the request; `describe` leaves none behind when it throws.
    var descriptions: [OpaquePointer?] = []
    defer { rd_kafka_NewTopic_destroy_array(&descriptions, descriptions.count) }
    for topic in topics { descriptions.append(try describe(topic)) }
    let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout)
    rd_kafka_CreateTopics(handle.pointer, &descriptions, descriptions.count, request.options, request.queue)
    return try request.answer("creating topics") { event in
      var count = 0
      let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
      return outcomes(results, count)
    }
  }

  private static func delete(_ names: [String], _ handle: ClientHandle, _ timeout: Duration) throws -> Outcomes {
    var topics: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
    defer { rd_kafka_DeleteTopic_destroy_array(&topics, topics.count) }
    let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout)
    rd_kafka_DeleteTopics(handle.pointer, &topics, topics.count, request.options, request.queue)
    return try request.answer("deleting topics") { event in
      var count = 0
      let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
      return outcomes(results, count)
    }
  }

  private static func outcomes(_ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int) -> Outcomes {
    (0..<count).compactMap { index in
      guard let result = results?[index], let name = rd_kafka_topic_result_name(result) else { return nil }
      return (String(cString: name), rd_kafka_topic_result_error(result))
    }
  }

  private static func describe(_ topic: NewTopic) throws -> OpaquePointer {
    var reason = [CChar](repeating: 0, count: 512)
    let description = rd_kafka_NewTopic_new(
      topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication ?? -1), &reason, reason.count)
    guard let description else {
      throw KafkaError(code: "_INVALID_ARG", message: "topic \"\(topic.name)\": \(text(reason))")
    }
    for (key, value) in topic.configuration {
      let code = rd_kafka_NewTopic_set_config(description, key, value)
      if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        rd_kafka_NewTopic_destroy(description)
        throw KafkaError(code, "topic \"\(topic.name)\", setting \"\(key)\"")
      }
    }
    return description
  }
}

/// Owns what an admin request needs: its options, and a queue for its answer.
struct AdminRequest: ~Copyable {
  let queue: OpaquePointer
  let options: OpaquePointer
  private let timeout: Duration

  init(_ handle: ClientHandle, _ operation: rd_kafka_admin_op_t, _ timeout: Duration) throws {
    guard let options = rd_kafka_AdminOptions_new(handle.pointer, operation) else {
      throw KafkaError(code: "_INVALID_ARG", message: "librdkafka has no admin operation \(operation.rawValue)")
    }
    var reason = [CChar](repeating: 0, count: 512)
    let code = rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, &reason, reason.count)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      rd_kafka_AdminOptions_destroy(options)
      throw KafkaError(code, text(reason))
    }
    queue = rd_kafka_queue_new(handle.pointer)
    self.options = options
    self.timeout = timeout
  }

  deinit {
    rd_kafka_AdminOptions_destroy(options)
    rd_kafka_queue_destroy(queue)
  }

  /// Waits for the answer. `read` must copy what it takes: the event owns it.
  borrowing func answer<Value>(_ what: String, _ read: (OpaquePointer) throws -> Value) throws -> Value {
    // The request's own timeout answers first; the margin only keeps a lost answer from holding the thread.
    guard let event = rd_kafka_queue_poll(queue, (timeout + .seconds(5)).milliseconds) else {
      throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, what)
    }
    defer { rd_kafka_event_destroy(event) }
    let code = rd_kafka_event_error(event)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      throw KafkaError(code, rd_kafka_event_error_string(event).map { "\(what): \(String(cString: $0))" } ?? what)
    }
    return try read(event)
  }
}
