/// A distribution over a task's labels as messages carry it: the most probable labels by name, and the rest's mass.
public struct LabelDistribution: Sendable, Equatable {
  /// A label and its probability.
  public struct Entry: Sendable, Equatable {
    /// The label's name.
    public let label: String
    /// 0 to 1.
    public let probability: Float

    /// A label and its probability.
    public init(label: String, probability: Float) {
      self.label = label
      self.probability = probability
    }
  }

  /// How many labels a message names at most.
  public static let maximumEntries = 20

  /// A label by its place in `names`.
  private struct Share {
    var label: Int32
    var probability: Float
  }

  /// Shared with the task's labels, so that a distribution names them at no cost.
  private let names: [String]
  /// Most probable first.
  private let shares: [Share]
  /// The mass of all labels that are not named, 0 to 1.
  public let rest: Float

  /// The most probable labels, most probable first.
  public var top: [Entry] { shares.map { Entry(label: names[Int($0.label)], probability: $0.probability) } }

  /// Calls `body` with each of `top`.
  public func forEachEntry(_ body: (_ label: String, _ probability: Float) -> Void) {
    for share in shares { body(names[Int(share.label)], share.probability) }
  }

  /// A distribution as a message carries it.
  public init(top: [Entry], rest: Float) {
    names = top.map(\.label)
    shares = top.enumerated().map { Share(label: Int32($0), probability: $1.probability) }
    self.rest = rest
  }

  /// The most probable of `labels`.
  /// - Parameters:
  ///   - probabilities: [labels]
  ///   - maximum: how many are named at most; labels of probability 0 never are.
  @inlinable
  public init(
    labels: [String], probabilities: some RandomAccessCollection<Float>, maximum: Int = LabelDistribution.maximumEntries
  ) {
    self =
      probabilities.withContiguousStorageIfAvailable { Self(labels: labels, values: $0, maximum: maximum) }
      ?? Array(probabilities).withUnsafeBufferPointer { Self(labels: labels, values: $0, maximum: maximum) }
  }

  @usableFromInline
  init(labels: [String], values: UnsafeBufferPointer<Float>, maximum: Int) {
    names = labels
    shares = Self.largest(of: values, count: maximum)
    let mass = shares.reduce(Float(0)) { $0 + $1.probability }
    rest = shares.count < values.count ? max(0, 1 - mass) : 0
  }

  /// Whether the same labels have the same probabilities.
  public static func == (left: LabelDistribution, right: LabelDistribution) -> Bool {
    left.top == right.top && left.rest == right.rest
  }

  /// Probabilities over all of `labels`; the rest's mass is shared among the unnamed in proportion to `prior`.
  /// - Parameter prior: [labels]; `nil` shares it evenly.
  /// - Returns: [labels]; a named label that is not among `labels` is left out.
  public func expanded(over labels: LabelIndex, prior: [Float]? = nil) -> [Float] {
    var result = [Float](repeating: -1, count: labels.names.count)
    forEachEntry { label, probability in
      if let index = labels[label] { result[index] = probability }
    }
    let unnamed = result.indices.filter { result[$0] < 0 }
    let weights = unnamed.map { prior?[$0] ?? 1 }
    let total = weights.reduce(0, +)
    for (index, weight) in zip(unnamed, weights) { result[index] = total > 0 ? rest * weight / total : 0 }
    return result
  }

  /// The `count` largest values above 0, largest first; ties in their order.
  private static func largest(of values: UnsafeBufferPointer<Float>, count: Int) -> [Share] {
    withUnsafeTemporaryAllocation(of: Share.self, capacity: max(1, count)) { kept in
      var size = 0
      for (label, value) in values.enumerated() where value > 0 {
        if size == count {
          guard size > 0, value > kept[size - 1].probability else { continue }
          size -= 1
        }
        var place = size
        while place > 0, kept[place - 1].probability < value {
          kept[place] = kept[place - 1]
          place -= 1
        }
        kept[place] = Share(label: Int32(truncatingIfNeeded: label), probability: value)
        size += 1
      }
      return Array(kept[..<size])
    }
  }
}

/// A task's labels and the way back from a name to its index.
public struct LabelIndex: Sendable, Equatable {
  /// In the order of the classes.
  public let names: [String]
  private let indices: [String: Int]

  /// Labels in the order of the classes; of equal names the first counts.
  public init(_ names: [String]) {
    self.names = names
    indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// A label's class; `nil` where the task has no such label.
  public subscript(name: String) -> Int? { indices[name] }
}
