/// How a task's samples are handed to its large model.
public struct Pace: Sendable, Equatable {
  /// Samples that are asked about together.
  public var batchSize: Int
  /// Such batches under way at once.
  public var inFlight: Int

  /// A pace.
  public init(batchSize: Int, inFlight: Int) {
    self.batchSize = batchSize
    self.inFlight = inFlight
  }
}
