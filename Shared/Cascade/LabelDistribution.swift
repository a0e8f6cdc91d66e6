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

  /// The most probable labels, most probable first.
  public let top: [Entry]
  /// The mass of all labels that are not named, 0 to 1.
  public let rest: Float

  /// A distribution as a message carries it.
  public init(top: [Entry], rest: Float) {
    self.top = top
    self.rest = rest
  }

  /// The most probable of `labels`.
  /// - Parameters:
  ///   - probabilities: [labels]
  ///   - maximum: how many are named at most; labels of probability 0 never are.
  public init(
    labels: [String], probabilities: some RandomAccessCollection<Float>, maximum: Int = LabelDistribution.maximumEntries
  ) {
    let values = Array(probabilities)
    let named = Self.largest(of: values, count: maximum)
    top = named.map { Entry(label: labels[$0], probability: values[$0]) }
    let mass = named.reduce(Float(0)) { $0 + values[$1] }
    rest = named.count < values.count ? max(0, 1 - mass) : 0
  }

  /// Probabilities over all of `labels`; the rest's mass is shared among the unnamed in proportion to `prior`.
  /// - Parameter prior: [labels]; `nil` shares it evenly.
  /// - Returns: [labels]; a named label that is not among `labels` is left out.
  public func expanded(over labels: LabelIndex, prior: [Float]? = nil) -> [Float] {
    var result = [Float](repeating: -1, count: labels.names.count)
    for entry in top {
      if let index = labels[entry.label] { result[index] = entry.probability }
    }
    let unnamed = result.indices.filter { result[$0] < 0 }
    let weights = unnamed.map { prior?[$0] ?? 1 }
    let total = weights.reduce(0, +)
    for (index, weight) in zip(unnamed, weights) { result[index] = total > 0 ? rest * weight / total : 0 }
    return result
  }

  /// Indices of the `count` largest values above 0, largest first; ties in their order.
  private static func largest(of values: [Float], count: Int) -> [Int] {
    var named: [Int] = []
    for index in values.indices where values[index] > 0 {
      if named.count == count {
        guard let last = named.last, values[index] > values[last] else { continue }
        named.removeLast()
      }
      let place = named.firstIndex { values[$0] < values[index] } ?? named.endIndex
      named.insert(index, at: place)
    }
    return named
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
