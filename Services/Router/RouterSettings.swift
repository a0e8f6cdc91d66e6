import Settings

/// Section `router`.
public struct RouterSettings: Sendable, Equatable {
  /// The consumer group; routers of one group share the partitions.
  public var group: String
  /// This member's name over restarts (static membership); `nil` for none.
  public var instanceID: String?
  /// The largest batch, in samples. Larger is faster, smaller is sooner.
  public var batchSize: Int
  /// How long a batch that has its first sample waits for more.
  public var batchWait: Duration
  /// A longer text is rejected, in bytes.
  public var maximumTextBytes: Int
  /// The share of easy samples whose text goes to Postgres, so that they can teach against forgetting, 0 to 1.
  public var taughtShare: Double
  /// The share of easy samples that the large model is asked about all the same, to watch for drift, 0 to 1.
  public var auditShare: Double
  /// Whether each batch is a Kafka transaction: answers and offsets are seen together or not at all. Where a partition goes
  /// to another router amid a batch, that router answers its samples again.
  public var isTransactional: Bool
  /// Salts what is drawn for audits and teaching: the deployment's own number, not a key of the file.
  public var drawSalt: UInt64 = 0

  /// Settings in code; the defaults are those of the file.
  public init(
    group: String = "router", instanceID: String? = nil, batchSize: Int = 2000, batchWait: Duration = .zero,
    maximumTextBytes: Int = 256 << 10, taughtShare: Double = 0.1, auditShare: Double = 0, isTransactional: Bool = false
  ) {
    self.group = group
    self.instanceID = instanceID
    self.batchSize = batchSize
    self.batchWait = batchWait
    self.maximumTextBytes = maximumTextBytes
    self.taughtShare = taughtShare
    self.auditShare = auditShare
    self.isTransactional = isTransactional
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    let defaults = RouterSettings()
    group = reader.text("group", default: defaults.group)
    instanceID = reader.text("instance_id")
    batchSize = reader.integer("batch_size", default: defaults.batchSize, in: 1...100_000)
    batchWait = reader.duration("batch_wait", default: defaults.batchWait, in: .zero ... .seconds(10))
    maximumTextBytes = reader.byteSize("maximum_text_bytes", default: defaults.maximumTextBytes, in: 1...(512 << 10))
    taughtShare = reader.number("taught_share", default: defaults.taughtShare, in: 0...1)
    auditShare = reader.number("audit_share", default: defaults.auditShare, in: 0...1)
    isTransactional = reader.flag("transactions", default: defaults.isTransactional)
  }
}
