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
