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

  /// Shared with the task's labels, so that a distribution names them at no cost.
  private let names: [String]
  private let plainNames: PlainNames?
  /// Most probable first.
  private let shares: [MostProbable.Share]
  /// The mass of all labels that are not named, 0 to 1.
  public let rest: Float

  /// The most probable labels, most probable first.
  public var top: [Entry] { shares.map { Entry(label: names[Int($0.label)], probability: $0.probability) } }

  /// Calls `body` with each of `top`.
  public func forEachEntry(_ body: (_ label: String, _ probability: Float) -> Void) {
    for share in shares { body(names[Int(share.label)], share.probability) }
  }

  /// The same for names given in UTF-8, which is quicker.
  /// - Returns: `false`, and nothing was called, where they are not known to be plain.
  public func forEachPlainEntry(_ body: (_ label: UnsafeBufferPointer<UInt8>, _ probability: Float) -> Void) -> Bool {
    guard let plainNames else { return false }
    plainNames.withNames { name in
      for share in shares { body(name(Int(share.label)), share.probability) }
    }
    return true
  }

  /// A distribution as a message carries it.
  public init(top: [Entry], rest: Float) {
    names = top.map(\.label)
    plainNames = nil
    shares = top.enumerated().map { MostProbable.Share(label: Int32($0), probability: $1.probability) }
    self.rest = rest
  }

  /// The most probable of `labels`.
  /// - Parameters:
  ///   - probabilities: [labels]
  ///   - maximum: how many are named at most; labels below half a millionth never are.
  ///   - mass: no more are named once these hold as much together, 0 to 1.
  public init(
    labels: LabelIndex, probabilities: ArraySlice<Float>, maximum: Int = LabelDistribution.maximumEntries,
    mass: Float = 1
  ) {
    names = labels.names
    plainNames = labels.plainNames
    let most = probabilities.withUnsafeBufferPointer { MostProbable(of: $0, maximum: maximum, mass: mass) }
    shares = most.shares
    rest = shares.count < probabilities.count ? max(0, 1 - most.mass) : 0
  }

  /// The most probable of `labels`.
  public init(labels: LabelIndex, probabilities: [Float], maximum: Int = LabelDistribution.maximumEntries) {
    self.init(labels: labels, probabilities: probabilities[...], maximum: maximum)
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
}
