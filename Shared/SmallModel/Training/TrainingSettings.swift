/// How a network is trained. The values that a task does not name are the ones below, or those of its recipe.
public struct TrainingSettings: Sendable, Equatable, Codable {
  /// Passes over the training data, at most; from 1.
  public var epochs = 30
  /// Inputs a step; from 1.
  public var batchSize = 50
  /// What moves the weights.
  public var optimizer = TrainingOptimizer.adam
  /// The largest learning rate; it falls to 0 along half a cosine.
  public var learningRate = 0.002
  /// The share of the steps in which the learning rate rises before, 0 ..< 1.
  public var warmUp = 0.0
  /// The share of the head's inputs that each step zeroes, 0 ..< 1.
  public var dropout = 0.5
  /// The share of the embeddings' numbers that each step zeroes, 0 ..< 1.
  public var embeddingDropout = 0.0
  /// The share of the tokens that each step zeroes, 0 ..< 1.
  public var tokenDropout = 0.2
  /// Weight decay of filters and head; embeddings and batch normalisation have none.
  public var weightDecay = 0.0
  /// The share of a hard target that is spread evenly over all labels, 0 ..< 1.
  public var labelSmoothing = 0.0
  /// How strongly rare labels count for more: weight = (mean count / count)^classWeighting; 0 is not at all.
  public var classWeighting = 0.0
  /// How strongly hard labels are learnt as if all were equally frequent: τ · log prior is added to the logits while
  /// learning (Menon et al. 2021, equation 10; with 1 the balanced softmax of Ren et al. 2020); 0 is not at all.
  public var logitAdjustment = 0.0
  /// Tokens of a text that are used, at most; from 1.
  public var maximumTokens = 64
  /// Epochs without a better held-out accuracy after which training ends; from 1.
  public var patience = 10
  /// The share of the training data that is held out where no held-out data are given, 0 ..< 1.
  public var heldOutShare = 0.1
  /// What the starting weights, the order of the data and dropout are drawn from.
  public var seed: UInt64 = 0
  /// Threads; with one, the same seed gives the same weights to the bit.
  public var threads = 1

  /// The values above.
  public init() {}

  /// Reads the values that are there; the others are the ones above.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.epochs, &epochs)
    try read(.batchSize, &batchSize)
    try read(.optimizer, &optimizer)
    try read(.learningRate, &learningRate)
    try read(.warmUp, &warmUp)
    try read(.dropout, &dropout)
    try read(.embeddingDropout, &embeddingDropout)
    try read(.tokenDropout, &tokenDropout)
    try read(.weightDecay, &weightDecay)
    try read(.labelSmoothing, &labelSmoothing)
    try read(.classWeighting, &classWeighting)
    try read(.logitAdjustment, &logitAdjustment)
    try read(.maximumTokens, &maximumTokens)
    try read(.patience, &patience)
    try read(.heldOutShare, &heldOutShare)
    try read(.seed, &seed)
    try read(.threads, &threads)
  }

  /// What each value may be.
  public enum Ranges {
    package static let epochs = 1...100_000
    package static let batchSize = 1...1_000_000
    package static let learningRate = 1e-9...10
    /// Of dropouts, smoothing and held-out data: what is zeroed or held out altogether teaches nothing.
    public static let share = 0...0.999
    package static let weightDecay = 0.0...10
    package static let classWeighting = 0.0...2
    package static let logitAdjustment = 0.0...4
    package static let maximumTokens = 1...1_000_000
    package static let patience = 1...100_000
    package static let threads = 1...1024
  }

  /// - Throws: where a value is out of its range, with its name.
  public func validate() throws(SmallModelError) {
    try Self.check(epochs, "epochs", Ranges.epochs)
    try Self.check(batchSize, "batchSize", Ranges.batchSize)
    try Self.check(maximumTokens, "maximumTokens", Ranges.maximumTokens)
    try Self.check(patience, "patience", Ranges.patience)
    try Self.check(threads, "threads", Ranges.threads)
    try Self.check(learningRate, "learningRate", Ranges.learningRate)
    try Self.check(weightDecay, "weightDecay", Ranges.weightDecay)
    try Self.check(classWeighting, "classWeighting", Ranges.classWeighting)
    try Self.check(logitAdjustment, "logitAdjustment", Ranges.logitAdjustment)
    for (value, name) in [
      (dropout, "dropout"), (embeddingDropout, "embeddingDropout"), (tokenDropout, "tokenDropout"),
      (labelSmoothing, "labelSmoothing"),
      (heldOutShare, "heldOutShare"), (warmUp, "warmUp"),
    ] {
      try Self.check(value, name, Ranges.share)
    }
  }

  private static func check<Value: Comparable>(
    _ value: Value, _ name: String, _ range: ClosedRange<Value>
  ) throws(SmallModelError) {
    guard range.contains(value) else {
      throw SmallModelError(
        "training settings: \(name) is \(value), it must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
