import WorkerRuntime

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
  /// How long answers are kept after they were recorded; `nil` for ever. Longer than Kafka keeps them: an answer that is
  /// read again after its row is gone would be recorded, and counted, as a new one.
  public var answersKept: Duration?

  /// Settings in code; the defaults are those of the file.
  public init(
    group: String = "recorder", instanceID: String? = nil, batchSize: Int = 5000,
    batchWait: Duration = .milliseconds(50), answersKept: Duration? = nil
  ) {
    self.group = group
    self.instanceID = instanceID
    self.batchSize = batchSize
    self.batchWait = batchWait
    self.answersKept = answersKept
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    let defaults = RecorderSettings()
    group = reader.text("group", default: defaults.group)
    instanceID = reader.text("instance_id")
    batchSize = reader.integer("batch_size", default: defaults.batchSize, in: 1...100_000)
    batchWait = reader.duration("batch_wait", default: defaults.batchWait, in: .zero ... .seconds(10))
    answersKept = reader.duration("keep_answers", in: .seconds(3_600) ... .seconds(100 * 365 * 86_400))
  }
}
