/// A task's labels and the way back from a name to its index.
public struct LabelIndex: Sendable, Equatable {
  /// In the order of the classes.
  public let names: [String]
  private let indices: [String: Int]
  let plainNames: PlainNames?

  /// Labels in the order of the classes; of equal names the first counts.
  public init(_ names: [String]) {
    self.names = names
    indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    plainNames = PlainNames(names)
  }

  /// A label's class; `nil` where the task has no such label.
  public subscript(name: String) -> Int? { indices[name] }

  /// Whether the same names are in the same order.
  public static func == (left: LabelIndex, right: LabelIndex) -> Bool { left.names == right.names }
}
