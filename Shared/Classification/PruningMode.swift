/// Which prompt pruning a task uses.
public enum PruningMode: String, Sendable, Codable, CaseIterable {
  /// All candidates, no probabilities.
  case none
  /// The small model's probability beside each candidate, or its product with the large model's.
  case soft
  /// Candidates that the small model is good at and holds improbable are removed.
  case hard
  /// Hard, then soft on what is left.
  case both

  /// Whether candidates are removed.
  public var prunesCandidates: Bool { self == .hard || self == .both }
  /// Whether the small model's probabilities take part.
  public var weighsCandidates: Bool { self == .soft || self == .both }
}
