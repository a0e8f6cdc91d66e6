import CLibrdkafka

/// What went wrong between this process and Kafka.
public struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// librdkafka's or the protocol's name of the error, such as `_TRANSPORT` or `TOPIC_AUTHORIZATION_FAILED`; those
  /// with a leading underscore arose in this process.
  public var code: String

  /// What happened, and to what.
  public var message: String

  /// The client is of no more use; end the process or make a new client.
  public var isFatal: Bool

  /// The same call may succeed later.
  public var isRetriable: Bool

  /// The current transaction must be aborted; the producer is sound.
  public var requiresAbort: Bool

  /// Of a publish: the positions in its batch, ascending, that are not known to be stored; empty otherwise.
  public var failedRecords: [Int]

  /// Of a transaction's offsets: the group has changed since the consumer learnt its state; the next transaction may
  /// send them.
  public var isOfFormerGeneration: Bool {
    requiresAbort && ["ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "REBALANCE_IN_PROGRESS"].contains(code)
  }

  /// The group has turned a consumer out, whose partitions others may have now. It stays so until the consumer is asked
  /// for a batch.
  public static let assignmentLost = KafkaError(
    code: KafkaError.name(of: RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST), message: "the group has turned this consumer out",
    requiresAbort: true)

  /// A broker, or librdkafka before it, took a record for too large.
  public var isTooLarge: Bool { Self.tooLarge.contains(code) }

  /// An error of the given kind.
  public init(
    code: String, message: String, isFatal: Bool = false, isRetriable: Bool = false, requiresAbort: Bool = false,
    failedRecords: [Int] = []
  ) {
    self.code = code
    self.message = message
    self.isFatal = isFatal
    self.isRetriable = isRetriable
    self.requiresAbort = requiresAbort
    self.failedRecords = failedRecords
  }

  /// The error in one line.
  public var description: String {
    var text = "Kafka \(code): \(message)"
    if isFatal { text += " (fatal)" }
    if isRetriable { text += " (may be retried)" }
    if requiresAbort { text += " (abort the transaction)" }
    if let first = failedRecords.first { text += "; \(failedRecords.count) records failed, the first is \(first)" }
    return text
  }
}

extension KafkaError {
  /// The error for a code of librdkafka's; `context` says what was being done.
  init(_ code: rd_kafka_resp_err_t, _ context: String) {
    self.init(
      code: Self.name(of: code), message: "\(context): \(String(cString: rd_kafka_err2str(code)))",
      isFatal: code == RD_KAFKA_RESP_ERR__FATAL, isRetriable: Self.retriable.contains(code.rawValue))
  }

  /// Takes over `error`: librdkafka hands `rd_kafka_error_t` to the caller, who must destroy it.
  init(consuming error: OpaquePointer, _ context: String) {
    defer { rd_kafka_error_destroy(error) }
    self.init(
      code: String(cString: rd_kafka_error_name(error)),
      message: "\(context): \(String(cString: rd_kafka_error_string(error)))",
      isFatal: rd_kafka_error_is_fatal(error) != 0, isRetriable: rd_kafka_error_is_retriable(error) != 0,
      requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0)
  }

  /// Throws unless `error` is `nil`; takes it over as `init(consuming:_:)` does.
  static func check(_ error: OpaquePointer?, _ context: String) throws {
    if let error { throw KafkaError(consuming: error, context) }
  }

  /// Throws unless `code` is success.
  static func check(_ code: rd_kafka_resp_err_t, _ context: String) throws {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, context) }
  }

  private static let tooLarge = [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE]
    .map(name(of:))

  static func isTooLarge(_ code: rd_kafka_resp_err_t) -> Bool {
    code != RD_KAFKA_RESP_ERR_NO_ERROR && tooLarge.contains(name(of: code))
  }

  static func closed(_ what: String) -> KafkaError {
    KafkaError(code: "_DESTROY", message: "\(what) is closed")
  }

  static func name(of code: rd_kafka_resp_err_t) -> String {
    rd_kafka_err2name(code).map { String(cString: $0) } ?? "ERR_\(code.rawValue)"
  }

  /// librdkafka tells retriable errors apart only where it returns `rd_kafka_error_t`; for bare codes the protocol's
  /// table (kafka.apache.org/protocol, "Error Codes") and the transient ones of the client itself.
  private static let retriable: Set<Int32> = Set(
    [
      RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT,
      RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__QUEUE_FULL,
      RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__RESOLVE,
      RD_KAFKA_RESP_ERR__INTR, RD_KAFKA_RESP_ERR__IN_PROGRESS,
      RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
      RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
      RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
    ].map(\.rawValue))
}
