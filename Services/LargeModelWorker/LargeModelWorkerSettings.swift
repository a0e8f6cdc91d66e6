import Settings

/// Section `large_model_worker`.
public struct LargeModelWorkerSettings: Sendable, Equatable {
  /// The consumer group; workers of one group share the partitions.
  public var group: String
  /// This member's name over restarts (static membership); `nil` for none.
  public var instanceID: String?
  /// How many samples of one task are handed to a local large model together; an encoder wants some dozens. Servers are
  /// asked sample by sample, as many at once as their task says.
  public var batchSize: Int
  /// How many such batches of a task are under way at once.
  public var inFlight: Int

  /// Settings in code; the defaults are those of the file.
  public init(group: String = "large-model-worker", instanceID: String? = nil, batchSize: Int = 64, inFlight: Int = 2) {
    self.group = group
    self.instanceID = instanceID
    self.batchSize = batchSize
    self.inFlight = inFlight
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    let defaults = LargeModelWorkerSettings()
    group = reader.text("group", default: defaults.group)
    instanceID = reader.text("instance_id")
    batchSize = reader.integer("batch_size", default: defaults.batchSize, in: 1...10_000)
    inFlight = reader.integer("in_flight", default: defaults.inFlight, in: 1...10_000)
  }
}
