import Settings

/// Section `large_model_worker`; what each key means stands where it is read.
public struct LargeModelWorkerSettings: Sendable, Equatable {
  package var group: String
  package var instanceID: String?
  package var batchSize: Int
  package var inFlight: Int

  /// Settings in code; the defaults are those of the file.
  public init(group: String = "large-model-worker", instanceID: String? = nil, batchSize: Int = 64, inFlight: Int = 2) {
    self.group = group
    self.instanceID = instanceID
    self.batchSize = batchSize
    self.inFlight = inFlight
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    self.init()
    reader.read("group", &group, .filledText, help: "The consumer group; workers of one group share the partitions.")
    reader.read(
      "instance_id", &instanceID, .filledText, help: "This member's name over restarts (static membership).")
    reader.read(
      "batch_size", &batchSize, .integer(in: 1...10_000),
      help: "How many samples of one task are handed to a local large model together; an encoder wants some dozens. "
        + "Servers are asked sample by sample, as many at once as their task's `concurrency` says.")
    reader.read(
      "in_flight", &inFlight, .integer(in: 1...10_000), help: "How many such batches of a task are under way at once.")
  }
}
