import Datasets

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

  /// The groups of a sample.
  public static func groups(label: String?, region: String?, category: String?) -> [SampleGroup] {
    [(Kind.label, label), (.region, region), (.category, category)].compactMap { kind, name in
      name.map { SampleGroup(kind, $0) }
    }
  }

  /// The groups of a row.
  /// - Parameter regions: head, medium or tail by label; empty where the task has none.
  public static func groups(of row: DataRow, regions: [String: String]) -> [SampleGroup] {
    groups(label: row.label, region: row.label.flatMap { regions[$0] }, category: row.category)
  }
}
