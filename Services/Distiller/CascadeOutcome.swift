/// What one cascade (S1 at δ1 → S2 at δ2 → large) makes of one sample whose label is known.
public struct CascadeOutcome: Sendable, Equatable {
  /// Whether the cascade's answer is the label.
  public let isRight: Bool
  /// Whether no small model was sure, so that the large model is asked.
  public let asksLarge: Bool
  /// The confidence that the answer carries, 0 to 1; `nil` where the large model gave none.
  public let confidence: Float?

  /// An outcome.
  public init(isRight: Bool, asksLarge: Bool, confidence: Float?) {
    self.isRight = isRight
    self.asksLarge = asksLarge
    self.confidence = confidence
  }
}

/// A set of samples that must not pay for the others' gain.
public struct SampleGroup: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What the samples have in common.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Head, medium or tail: classes with about as many labelled samples.
    case region
    /// The true label.
    case label
    /// The producer's grouping.
    case category
  }

  /// What the samples have in common.
  public let kind: Kind
  /// Its name.
  public let name: String

  /// A group.
  public init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// Such as `region "tail"`.
  public var description: String { "\(kind.rawValue) \"\(name)\"" }
}

/// A sample whose label is known, and what three cascades make of it.
public struct JudgedSample: Sendable, Equatable {
  /// The groups that it belongs to.
  public let groups: [SampleGroup]
  /// The cascade with the candidate as S2.
  public let candidate: CascadeOutcome
  /// The cascade that answers now.
  public let inForce: CascadeOutcome
  /// S1, then the large model: as if nothing had been distilled.
  public let undistilled: CascadeOutcome

  /// A judged sample.
  public init(
    groups: [SampleGroup], candidate: CascadeOutcome, inForce: CascadeOutcome, undistilled: CascadeOutcome
  ) {
    self.groups = groups
    self.candidate = candidate
    self.inForce = inForce
    self.undistilled = undistilled
  }
}
