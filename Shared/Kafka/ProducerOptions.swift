/// How a producer sends.
public struct ProducerOptions: Sendable, Equatable {
  /// How record batches are compressed on the wire and on disk.
  public enum Compression: String, Sendable {
    case none, lz4, zstd, snappy, gzip
  }

  /// Turns transactions on. Of two producers with one identity the older is fenced off.
  public var transactionalID: String?

  /// How long a transaction may stay open before the coordinator aborts it.
  public var transactionTimeout = Duration.seconds(60)

  /// How long a record waits for company; longer makes larger batches and later answers.
  public var linger = Duration.milliseconds(2)

  /// How record batches are compressed.
  public var compression = Compression.lz4

  /// The largest request, and so about the largest record, in bytes.
  public var maximumMessageBytes = 8 << 20

  /// After this time without an acknowledgement a record has failed, zero: never; within transactions after
  /// `transactionTimeout` at most.
  public var deliveryTimeout = Duration.seconds(120)

  /// How many records may wait for their acknowledgement; publishers wait for room beyond that.
  public var maximumQueuedMessages = 100_000

  /// The same in KiB.
  public var maximumQueuedKibibytes = 262_144

  /// The defaults above.
  public init() {}

  var defaults: [String: String] {
    let deliveryTimeout =
      if transactionalID == nil { deliveryTimeout } else if deliveryTimeout == .zero { transactionTimeout } else {
        min(deliveryTimeout, transactionTimeout)
      }
    return [
      "linger.ms": "\(linger / .milliseconds(1))",
      "compression.type": compression.rawValue,
      "message.max.bytes": "\(maximumMessageBytes)",
      "delivery.timeout.ms": "\(deliveryTimeout.milliseconds)",
      "queue.buffering.max.messages": "\(maximumQueuedMessages)",
      "queue.buffering.max.kbytes": "\(maximumQueuedKibibytes)",
      "batch.num.messages": "10000",
      "partitioner": "murmur2_random",
      "socket.nagle.disable": "true",
    ]
  }

  /// What the promises of `Producer` rest on.
  var required: [String: String] {
    var required = ["enable.idempotence": "true", "acks": "all", "delivery.report.only.error": "false"]
    required["transactional.id"] = transactionalID
    if transactionalID != nil { required["transaction.timeout.ms"] = "\(transactionTimeout.milliseconds)" }
    return required
  }
}
