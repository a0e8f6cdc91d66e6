import Settings

/// Section `recorder`.
public struct RecorderSettings: Sendable, Equatable {
  /// The consumer group; recorders of one group share the partitions.
  public var group: String
  /// This member's name over restarts (static membership); `nil` for none.
  public var instanceID: String?
  /// The largest batch, in messages: one transaction.
  public var batchSize: Int
  /// How long a batch that has its first message waits for more.
  public var batchWait: Duration
  /// How long rows are kept.
  public var kept: KeptRows
  /// Categories of a task that the sums of an hour tell apart; the rest is summed as `other`.
  public var categoriesPerHour: Int
  /// Bytes of rejected messages that are kept a minute, by this recorder's clock; of what comes beyond it only the
  /// beginning is.
  public var rejectedBytesPerMinute: Int

  /// Settings in code; the defaults are those of the file.
  public init(
    group: String = "recorder", instanceID: String? = nil, batchSize: Int = 5000,
    batchWait: Duration = .milliseconds(50), kept: KeptRows = KeptRows(), categoriesPerHour: Int = 500,
    rejectedBytesPerMinute: Int = 16 << 20
  ) {
    self.group = group
    self.instanceID = instanceID
    self.batchSize = batchSize
    self.batchWait = batchWait
    self.kept = kept
    self.categoriesPerHour = categoriesPerHour
    self.rejectedBytesPerMinute = rejectedBytesPerMinute
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    let defaults = RecorderSettings()
    group = reader.text("group", default: defaults.group)
    instanceID = reader.text("instance_id")
    batchSize = reader.integer("batch_size", default: defaults.batchSize, in: 1...100_000)
    batchWait = reader.duration("batch_wait", default: defaults.batchWait, in: .zero ... .seconds(10))
    kept = KeptRows(reader)
    categoriesPerHour = reader.integer("categories_per_hour", default: defaults.categoriesPerHour, in: 1...100_000)
    rejectedBytesPerMinute = reader.byteSize(
      "rejected_bytes_per_minute", default: defaults.rejectedBytesPerMinute, in: 0...(1 << 40))
  }
}
