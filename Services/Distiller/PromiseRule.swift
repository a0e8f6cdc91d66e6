/// How the promise of a task's thresholds is kept while it runs.
public struct PromiseRule: Sendable, Equatable {
  /// Whether δ follows what is seen.
  public var adjusts = true
  /// Judged answers until a false alarm where the promise holds, in the mean, at the least; above 1.
  public var runLength = 10_000.0

  /// The values above.
  public init() {}
}
