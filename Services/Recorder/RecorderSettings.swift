import Settings

/// Section `recorder`; what each key means stands where it is read.
public struct RecorderSettings: Sendable, Equatable {
  package var group: String
  package var instanceID: String?
  package var batchSize: Int
  package var batchWait: Duration
  package var kept: KeptRows
  package var categoriesPerHour: Int
  package var rejectedBytesPerMinute: Int

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
    self.init()
    reader.read("group", &group, .filledText, help: "The consumer group; recorders of one group share the partitions.")
    reader.read(
      "instance_id", &instanceID, .filledText, help: "This member's name over restarts (static membership).")
    reader.read(
      "batch_size", &batchSize, .integer(in: 1...100_000), help: "The largest batch, in messages: one transaction.")
    reader.read(
      "batch_wait", &batchWait, .duration(in: .zero ... .seconds(10)),
      help: "How long a batch that has its first message waits for more.")
    kept = KeptRows(reader)
    reader.read(
      "categories_per_hour", &categoriesPerHour, .integer(in: 1...100_000),
      help: "Categories of a task that the sums of an hour tell apart; the rest is summed as `other`.")
    reader.read(
      "rejected_bytes_per_minute", &rejectedBytesPerMinute, .bytes(in: 0...(1 << 40)),
      help: "Bytes of rejected messages that are kept a minute, by each recorder's clock; of what comes beyond it only "
        + "the beginning is.")
  }
}
