import Settings

/// Section `router`; what each key means stands where it is read.
public struct RouterSettings: Sendable, Equatable {
  package var group: String
  package var instanceID: String?
  package var batchSize: Int
  package var batchWait: Duration
  package var maximumTextBytes: Int
  package var taughtShare: Double
  package var auditShare: Double
  package var isTransactional: Bool
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
    self.init()
    reader.read("group", &group, .filledText, help: "The consumer group; routers of one group share the partitions.")
    reader.read(
      "instance_id", &instanceID, .filledText, help: "This member's name over restarts (static membership).")
    reader.read(
      "batch_size", &batchSize, .integer(in: 1...100_000),
      help: "The largest batch, in samples. Larger is faster, smaller is sooner.")
    reader.read(
      "batch_wait", &batchWait, .duration(in: .zero ... .seconds(10)),
      help: "How long a batch that has its first sample waits for more.")
    reader.read(
      "maximum_text_bytes", &maximumTextBytes, .bytes(in: 1...(512 << 10)), help: "A longer text is rejected.")
    reader.read(
      "taught_share", &taughtShare, .number(in: 0...1),
      help: "The share of easy samples whose text goes to Postgres, so that they can teach against forgetting.")
    reader.read(
      "audit_share", &auditShare, .number(in: 0...1),
      help: "The share of easy samples that the large model is asked about all the same, to watch for drift.")
    reader.read(
      "transactions", &isTransactional, .flag,
      help: "Whether each batch is a Kafka transaction: answers and offsets are seen together or not at all. Where a "
        + "partition goes to another router amid a batch, that router answers its samples again.")
  }
}
